# hardening.cmake - what compiler and linker can do against a fault in code that reads hostile bytes, in every build. Builds for debugging
# go without the two that would keep a fault from AddressSanitizer and valgrind: _FORTIFY_SOURCE and variables set to 0.
# tests/hardening.sh reads the finished program and fails for each of these that is not in it; docs/build.md says what they cost.
# What this compiler, linker or processor does not know is left out, with a warning. The one library that is loaded is the tests' own (tests/inject.c).
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

function(hu_harden flags)
  foreach(flag IN LISTS flags)
    string(MAKE_C_IDENTIFIER "HU_HAS${flag}" known)
    if(flag MATCHES "^-Wl,|pie$")
      check_linker_flag(C "${flag}" ${known})
    else()
      check_c_compiler_flag("${flag}" ${known})
    endif()
    if(NOT ${known})
      message(WARNING "${CMAKE_C_COMPILER} does not know ${flag}: holdup is built without it")
    elseif(flag MATCHES "pie$")
      add_link_options("$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${flag}>")
    elseif(flag MATCHES "^-Wl,")
      add_link_options("${flag}")
    elseif(flag MATCHES "PIE$")
      add_compile_options("$<$<NOT:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${flag}>")
    else()
      add_compile_options("${flag}")
    endif()
  endforeach()
endfunction()

set(flags
  -fPIE -pie                          # the program is loaded at another address each time
  -Wl,-z,relro -Wl,-z,now             # the table of imported functions is read-only before main()
  -Wl,-z,noexecstack -Wl,-z,separate-code
  -fstack-protector-strong            # an array that is written past its end on the stack ends the process
  -fstack-clash-protection            # the stack cannot jump over its guard page
  -Wformat-security
  -Wl,--as-needed)                    # what is linked is used: NEEDED is the list of libraries, see scripts/sbom
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|i.86|AMD64)$")
  list(APPEND flags -fcf-protection=full)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  list(APPEND flags -mbranch-protection=standard)
endif()
hu_harden("${flags}")
add_compile_options(-Werror=format-security)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  # A variable without a value is 0, not what was there before (HU_UNSET: but for large arrays).
  hu_harden("-ftrivial-auto-var-init=zero")
  # Lengths of copies are checked where the compiler knows the size of the object, or (3: gcc 12, clang 9) can compute it.
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
