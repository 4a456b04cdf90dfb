#pragma once

#include <actors/supervision/spec.hpp>

/// Private to the library: the part of `warnings` that needs no arithmetic of
/// windows.
namespace actors {

/// Settings of one supervisor that say nothing, or that another one undoes. One
/// text each, without the supervisor's path.
std::vector<std::string> doubts(const supervisor_spec& spec);

} // namespace actors
