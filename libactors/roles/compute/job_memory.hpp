#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

/// Whether a piece of work fits into the memory of this machine, asked before
/// it is begun: what the kernel kills for lack of memory may be the node.
namespace roles {

/// Bytes that may still be used: what the kernel calls available, or less if
/// a control group (version 1 or 2) that this process is in leaves less. The
/// largest number if nothing is known.
/// @param root where /proc and /sys are, for tests
uint64_t available_memory(const std::filesystem::path& root = "/");

/// @param what "the job"; begins the error's text
/// @param remedy what needs less: "fewer rows need less"
/// @throws models::data_error with both figures if `bytes` are more than are
/// available
void require_memory(double bytes,
                    const std::string& what,
                    const std::string& remedy);

} // namespace roles
