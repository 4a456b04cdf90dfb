#pragma once

#include <models/data/pipeline.hpp>

namespace models {

/// More states than this are asked for by number instead of by name.
constexpr size_t most_named_states = 1000;

/// The way from one value, the state, to the inputs of a policy: words of a
/// column `state`, one input each, or the number of the state, from 0.
/// @param order receives, for each input that stands for a word, its state
pipeline state_pipeline(const std::vector<std::string>& states,
                        std::vector<uint32_t>& order);

/// The way from these numbers to the inputs of a policy.
/// @param scales by which they are divided; empty: they stay as they are
pipeline number_pipeline(const std::vector<std::string>& names,
                         const std::vector<float>& scales = {});

} // namespace models
