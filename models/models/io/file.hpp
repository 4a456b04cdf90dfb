#pragma once

// Whole files, read with a limit and written all or nothing.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace models {

/// All bytes of a file. Throws `data_error` naming path and reason, also for
/// more than `max_bytes`.
std::string read_file(const std::filesystem::path& path,
                      uint64_t max_bytes = uint64_t{1} << 33);

/// Replaces a file in one step: the bytes go to a temporary file beside it,
/// are made durable, and take its name. After a crash the file is the old or
/// the new one. Throws `data_error` naming path and reason; then the temporary
/// file is gone and the old file as it was. Blocks until the disk has it.
void save_file(const std::filesystem::path& path, std::string_view bytes);

} // namespace models
