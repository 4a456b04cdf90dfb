# Options, compiler flags and the three helpers that every folder uses.
# A folder is a target: each source below it belongs to it, hence the globs.

option(LEPTON_WERROR "Treat warnings as errors (on in CI)" OFF)
option(LEPTON_TESTS "Build the tests" ON)
option(LEPTON_BENCH "Build the benchmarks" ON)
option(LEPTON_MODELS_ONLY "Only the library lepton::models, without CAF" OFF)
option(LEPTON_FUZZ "Build the fuzz targets (clang)" OFF)
option(LEPTON_TCMALLOC "Link the programs (never the libraries) with tcmalloc" ON)
set(LEPTON_ARCH "x86-64-v3" CACHE STRING
    "Instruction set (-march=...); bits are promised for one build only")
set(LEPTON_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      ${CCACHE_PROGRAM})
endif()

add_library(lepton_flags INTERFACE)
# -ffp-contract=off: one rounding per operation, whatever the compiler fuses;
# Eigen's kernels use FMA by intrinsics and are not affected.
target_compile_options(lepton_flags INTERFACE
  -march=${LEPTON_ARCH} -ffp-contract=off
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  $<$<BOOL:${LEPTON_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
if(LEPTON_SANITIZE)
  target_compile_options(lepton_flags INTERFACE
    -fsanitize=${LEPTON_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(lepton_flags INTERFACE -fsanitize=${LEPTON_SANITIZE})
  if(LEPTON_SANITIZE MATCHES "thread") # fences are right, if not understood
    target_compile_options(lepton_flags INTERFACE
      $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()

# lepton_library(actors PCH <caf/all.hpp>): the target lepton::actors of the
# sources below this folder, whose parent is the include path.
function(lepton_library name)
  cmake_parse_arguments(ARG "" "INCLUDE" "PCH;PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp *.hpp)
  add_library(lepton_${name} STATIC ${sources})
  add_library(lepton::${name} ALIAS lepton_${name})
  set_target_properties(lepton_${name} PROPERTIES LINKER_LANGUAGE CXX
    EXPORT_NAME ${name})
  target_include_directories(lepton_${name} PUBLIC
    $<BUILD_INTERFACE:${ARG_INCLUDE}> $<INSTALL_INTERFACE:include>)
  target_link_libraries(lepton_${name} PUBLIC ${ARG_PUBLIC}
    PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:lepton_flags>)
  if(ARG_PCH)
    target_precompile_headers(lepton_${name} PRIVATE ${ARG_PCH})
  endif()
  install(TARGETS lepton_${name} EXPORT lepton-${name} COMPONENT ${name})
  install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} DESTINATION include
          COMPONENT ${name} FILES_MATCHING PATTERN *.hpp)
endfunction()

# lepton_program(leptond): links tcmalloc into a program, see ADR 12. Sanitizers
# bring an allocator of their own.
if(LEPTON_TCMALLOC AND NOT LEPTON_SANITIZE)
  find_library(TCMALLOC_LIBRARY NAMES tcmalloc_minimal libtcmalloc_minimal.so.4)
  mark_as_advanced(TCMALLOC_LIBRARY)
  if(NOT TCMALLOC_LIBRARY)
    message(STATUS "tcmalloc not found: the programs use the C library's malloc")
  endif()
endif()
function(lepton_program target)
  if(LEPTON_TCMALLOC AND NOT LEPTON_SANITIZE AND TCMALLOC_LIBRARY)
    target_link_libraries(${target} PRIVATE
      -Wl,--push-state,--no-as-needed ${TCMALLOC_LIBRARY} -Wl,--pop-state)
  endif()
endfunction()

# What all test programs share, once for those that use CAF and once for those
# that do not: compiled headers and main(). Nobody waits for a test's own code,
# so -O1 is enough for it; what it tests is built as ever.
function(lepton_test_base name)
  cmake_parse_arguments(ARG "" "" "LINK;PCH" ${ARGN})
  add_library(${name} OBJECT ${PROJECT_SOURCE_DIR}/tests/main.cpp)
  target_link_libraries(${name} PUBLIC lepton_flags ${ARG_LINK}
    Boost::headers boost_unit_test_framework)
  target_compile_definitions(${name} PUBLIC BOOST_TEST_DYN_LINK
    LEPTON_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(${name} PUBLIC $<$<CONFIG:Release>:-O1>
    # GCC 12 misreads std::string's operator+ at -O1.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-stringop-overflow>)
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_precompile_headers(${name} PRIVATE
    <boost/test/unit_test.hpp> ${ARG_PCH})
endfunction()

# lepton_tests(models nn BASE test_base LINK lepton::models): the program
# models_nn_tests of the *_test.cpp below models/nn, one ctest of the same name.
function(lepton_tests library topic)
  cmake_parse_arguments(ARG "" "BASE" "LINK" ${ARGN})
  set(target ${library}_${topic}_tests)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
       ${CMAKE_CURRENT_SOURCE_DIR}/${library}/${topic}/*.cpp
       ${CMAKE_CURRENT_SOURCE_DIR}/${library}/${topic}/*.hpp)
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${ARG_BASE} ${ARG_LINK})
  target_precompile_headers(${target} REUSE_FROM ${ARG_BASE})
  add_test(NAME ${target} COMMAND ${target} --log_level=test_suite
                                            --report_level=short)
  set_tests_properties(${target} PROPERTIES TIMEOUT 300 ENVIRONMENT
    "UBSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/ubsan.supp:print_stacktrace=1")
endfunction()
