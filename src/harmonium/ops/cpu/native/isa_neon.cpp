#define ISA neon
#define ISA_HEADER "isa_neon.h"
#include "kernels.inc"
