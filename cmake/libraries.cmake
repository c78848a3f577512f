# libraries.cmake - what holdup is linked with, and the least version of each that has all that is used: found by the functions, options and
# words of SQL in the sources, and the release of the library that brought the newest of them. docs/build.md tells them; tests/supply.sh
# (least) shows a configuration too old a version of each.
find_package(PkgConfig REQUIRED)

# hu_library(PREFIX MODULE LEAST PACKAGE WHY [LOSS]): PkgConfig::PREFIX and PREFIX_FOUND. Without LOSS it is needed, and too old a version
# ends the configuration with a sentence; with it, LOSS is the sentence that says what the program will not do.
function(hu_library prefix module least package why)
  pkg_check_modules(${prefix} IMPORTED_TARGET GLOBAL QUIET "${module}>=${least}")
  set(${prefix}_FOUND "${${prefix}_FOUND}" PARENT_SCOPE)
  if(${prefix}_FOUND)
    message(STATUS "${module} ${${prefix}_VERSION}, of ${least} or newer")
    return()
  endif()
  execute_process(COMMAND "${PKG_CONFIG_EXECUTABLE}" --modversion "${module}"
    OUTPUT_VARIABLE there OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0 AND there)
    set(found "${there} is here, which is too old")
  else()
    set(found "there is none here")
  endif()
  set(text "${module} ${least} or newer (${why}): ${found}. Debian's package is ${package}")
  if(ARGC GREATER 5)
    message(WARNING "${text}; without it ${ARGV5}.")
  else()
    message(FATAL_ERROR "holdup needs ${text}.")
  endif()
endfunction()

hu_library(SQLITE sqlite3 3.39.0 libsqlite3-dev "HAVING without GROUP BY; STRICT tables are of 3.37, ->> of 3.38")
hu_library(CJSON libcjson 1.7.13 libcjson-dev "cJSON_ParseWithLengthOpts()")
hu_library(ARCHIVE libarchive 3.3.3 libarchive-dev "archives packed with zstd")
hu_library(ZSTD libzstd 1.3.4 libzstd-dev "ZSTD_getFrameContentSize()")
# Optional: without them the reader is left out, and `holdup inspect --formats` says so.
hu_library(TRACECMD libtracecmd 1.2 libtracecmd-dev "version 7 of trace.dat" "trace.dat and perf.data are not read")
hu_library(TRACEEVENT libtraceevent 1.3 libtraceevent-dev "tep_set_loglevel()" "trace.dat and perf.data are not read")
hu_library(BABELTRACE2 babeltrace2 2.0 libbabeltrace2-dev "its interface is another since 2.0" "CTF is not read")
hu_library(ZLIB zlib 1.2 zlib1g-dev "uncompress()" "a trace.dat that was compressed with zlib is not read")
hu_library(LIBELF libelf 0.144 libelf-dev "elf_getphdrnum()" "functions of programs have no names in stacks")
hu_library(SECCOMP libseccomp 2.5 libseccomp-dev "SCMP_FLTATR_CTL_OPTIMIZE"
  "the sandbox does not filter system calls, and holdup says so at each run")

# The C library: sigabbrev_np() of glibc 2.32 and close_range() of 2.34.
include(CheckSymbolExists)
set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
check_symbol_exists(close_range unistd.h HU_HAS_CLOSE_RANGE)
check_symbol_exists(sigabbrev_np string.h HU_HAS_SIGABBREV_NP)
unset(CMAKE_REQUIRED_DEFINITIONS)
if(NOT HU_HAS_CLOSE_RANGE OR NOT HU_HAS_SIGABBREV_NP)
  message(FATAL_ERROR "holdup needs glibc 2.34 or newer (close_range(), sigabbrev_np()).")
endif()
