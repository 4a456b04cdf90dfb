# CAF 0.17.6 from Debian, which ships no CMake package: CAF::core, CAF::io, CAF::openssl.
include(FindPackageHandleStandardArgs)
if(NOT CAF_FIND_COMPONENTS)
  set(CAF_FIND_COMPONENTS core)
endif()
find_path(CAF_INCLUDE_DIR NAMES caf/actor_system.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)
if(CAF_INCLUDE_DIR)                       # "#define CAF_VERSION 1706" is 0.17.6
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" _v REGEX "^#define CAF_VERSION [0-9]+")
  string(REGEX MATCH "[0-9]+" _v "${_v}")
  math(EXPR _a "${_v} / 10000")
  math(EXPR _b "(${_v} / 100) % 100")
  math(EXPR _c "${_v} % 100")
  set(CAF_VERSION "${_a}.${_b}.${_c}")
endif()
find_package(Threads QUIET)
if("openssl" IN_LIST CAF_FIND_COMPONENTS)
  find_package(OpenSSL QUIET)             # libssl-dev: CAF's openssl headers include OpenSSL's
endif()
set(_dep_core Threads::Threads)
set(_dep_io CAF::core)
set(_dep_openssl CAF::io OpenSSL::SSL OpenSSL::Crypto)
foreach(_m core io openssl)               # dependencies first
  find_library(CAF_${_m}_LIBRARY NAMES caf_${_m})
  mark_as_advanced(CAF_${_m}_LIBRARY)
  if(CAF_${_m}_LIBRARY)
    set(CAF_${_m}_FOUND TRUE)
    if(NOT TARGET CAF::${_m})
      add_library(CAF::${_m} UNKNOWN IMPORTED)
      set_target_properties(CAF::${_m} PROPERTIES
        IMPORTED_LOCATION "${CAF_${_m}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "${_dep_${_m}}")
    endif()
  endif()
endforeach()
find_package_handle_standard_args(CAF REQUIRED_VARS CAF_INCLUDE_DIR CAF_core_LIBRARY
  VERSION_VAR CAF_VERSION HANDLE_COMPONENTS)
