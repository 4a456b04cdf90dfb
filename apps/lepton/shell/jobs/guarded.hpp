#pragma once

#include <functional>
#include <string>

namespace lepton_shell {

/// Runs `f` in a child process and returns what it returned: a crash, an
/// endless loop (60 s of processor time) or memory beyond all bounds (8 GiB)
/// of what reads a damaged file ends the child alone.
/// @param path the file, for errors
/// @throws refusal with the text of what `f` threw, or how the child ended
std::string guarded(const std::string& path,
                    const std::function<std::string()>& f);

} // namespace lepton_shell
