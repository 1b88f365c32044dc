"""CUDA C++ kernels for NVIDIA cards from sm_80 on, compiled when first needed (`nvrtc`): the experts (`moe`)."""
