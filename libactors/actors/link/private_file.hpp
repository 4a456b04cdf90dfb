#pragma once

// Internal: files that appear whole or not at all.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace actors::link {

/// Writes a file under another name, makes it durable and gives it its name.
/// @param replace otherwise a file that is there is a problem, even if it
///   appears at the last moment
/// @returns the problem, if any; then nothing has changed
std::optional<std::string> write_file(const std::filesystem::path& path,
                                      std::string_view bytes,
                                      mode_t mode,
                                      bool replace);

/// Makes a folder and those above it; readable by its owner alone, unless it
/// is there already.
std::optional<std::string> make_private_folder(const std::filesystem::path& x);

} // namespace actors::link
