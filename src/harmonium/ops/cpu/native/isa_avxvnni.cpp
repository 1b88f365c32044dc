#define HARMONIUM_AVXVNNI
#define ISA avxvnni
#define ISA_HEADER "isa_avx2.h"
#include "kernels.inc"
