# Every package longtail needs, all of them from the distribution.
set(CMAKE_THREAD_PREFER_PTHREAD ON)
find_package(Threads REQUIRED)
find_package(OpenMP COMPONENTS CXX)
# Nothing of ours is compiled for GPUs, so that LibTorch's package need not find out which there are: it would compile a
# program for it, which fails where CMake does not know CUDA's newest compiler.
if(NOT DEFINED TORCH_CUDA_ARCH_LIST AND NOT DEFINED ENV{TORCH_CUDA_ARCH_LIST})
  set(TORCH_CUDA_ARCH_LIST 8.0)
endif()
find_package(Torch REQUIRED)
if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "${TORCH_INSTALL_PREFIX}: this LibTorch was built with the old string ABI, which no other package "
    "uses. Take the download called cxx11-abi, or PyTorch from 2.6 on, and give its folder as -DCMAKE_PREFIX_PATH.")
endif()
if(LONGTAIL_CUDA AND NOT TARGET torch_cuda)
  message(FATAL_ERROR "${TORCH_INSTALL_PREFIX}: this LibTorch has no CUDA. Give the folder of one that has as "
    "-DCMAKE_PREFIX_PATH, or leave LONGTAIL_CUDA off.")
endif()
if(TARGET torch_cuda)
  # Its CUDA libraries find theirs when they are loaded, by search paths of their own. The linker would look into the
  # distribution's, and miss what another version of NCCL has not.
  add_link_options(LINKER:--allow-shlib-undefined)
endif()
find_package(Boost 1.71 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
# PyTorch's packages bring the headers of an fmt of their own, which come before the distribution's and do not fit its
# library. Then nothing is taken from the library.
foreach(folder IN LISTS TORCH_INCLUDE_DIRS)
  if(EXISTS ${folder}/fmt/format.h)
    set_property(TARGET fmt::fmt APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY=1)
    break()
  endif()
endforeach()
find_package(absl REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Freetype REQUIRED)
find_package(JPEG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenCV REQUIRED COMPONENTS core imgproc imgcodecs)
if(LONGTAIL_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(LONGTAIL_BENCH)
  find_package(benchmark REQUIRED)
endif()
