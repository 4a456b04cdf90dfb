#pragma once

#include <shell/core/command.hpp>
#include <shell/text/style.hpp>

#include <iosfwd>
#include <span>
#include <string>

namespace lepton_shell {

/// Prints usage, meaning, flags and examples of a command.
/// @param words what follows its name: `mlp` shows the flags of `train mlp`
void print_help(const command& which,
                std::span<const std::string> words,
                std::ostream& out,
                const style& look);

/// Prints all commands by group, and the global flags.
void print_overview(std::ostream& out, const style& look);

void print_version(std::ostream& out);

} // namespace lepton_shell
