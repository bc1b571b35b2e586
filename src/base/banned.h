/* Functions that have no place in this house: the compiler refuses them. Included in front of every file of
 * src/ by the build (-include base/banned.h). */
#ifndef KEEL_BASE_BANNED_H
#define KEEL_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol atoll localtime gmtime system popen

#endif
