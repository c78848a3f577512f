/* tests/faults.h - the program's main(), as tests/faults.c calls it. */
#ifndef HU_FAULTS_H
#define HU_FAULTS_H

int holdup_main(int argc, char **argv);

#endif
