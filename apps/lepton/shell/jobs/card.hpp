#pragma once

#include <shell/core/context.hpp>

#include <string>

namespace lepton_shell {

/// Prints what is known of a model: kind, version, data and its hash, what was
/// done to them, parameters, seed, figures and on which rows, classes, size,
/// hashes, when.
void print_card(context& c, const json& model);

/// Returns `hidden 64,32, dropout 0.2` of an object of parameters.
std::string params_text(const json& params);

} // namespace lepton_shell
