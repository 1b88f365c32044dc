#define ISA avx512
#define ISA_HEADER "isa_avx512.h"
#include "kernels.inc"
