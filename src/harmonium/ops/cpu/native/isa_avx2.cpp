#define ISA avx2
#define ISA_HEADER "isa_avx2.h"
#include "kernels.inc"
