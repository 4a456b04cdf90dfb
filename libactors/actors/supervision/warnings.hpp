#pragma once

#include <actors/supervision/spec.hpp>

namespace actors {

/// What is allowed and yet probably not meant, one text each, with the path of
/// the supervisor: budgets that can never be spent because stopping, backing
/// off, or noticing takes longer than their window, budgets that multiply to
/// very many restarts up the tree, and settings that say nothing or that
/// another one undoes, as a poison_after that the budget never lets happen.
/// Looks into all supervisors below.
/// @param path of the supervisor, for the texts
std::vector<std::string> warnings(const supervisor_spec& spec,
                                  const std::string& path = {});

/// How long the children may take to stop when each uses its grace and has to
/// be killed; `infinite` if one of them may take for ever.
duration longest_stop(const supervisor_spec& spec);

/// How often a child that always crashes is started before the root gives up,
/// at the deepest place: the product of (1 + max_restarts) on the way.
double most_starts(const supervisor_spec& spec);

} // namespace actors
