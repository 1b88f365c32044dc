#define ISA generic
#define ISA_HEADER "isa_generic.h"
#include "kernels.inc"
