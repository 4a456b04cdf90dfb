# find_package(lepton): the targets lepton::models, lepton::actors and
# lepton::roles, static libraries with what they need.
include(CMakeFindDependencyMacro)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
find_dependency(Threads)
find_dependency(CAF 0.17.6 EXACT COMPONENTS core io)
find_dependency(Eigen3)
find_dependency(OpenSSL)
find_dependency(SQLite3)
find_dependency(ZLIB)
find_dependency(nlohmann_json)
include(${CMAKE_CURRENT_LIST_DIR}/lepton-targets.cmake)
