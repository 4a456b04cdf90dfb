#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace models {

/// How episodes went.
struct episode_stats {
  uint64_t episodes = 0;
  uint64_t ended = 0; ///< in a terminal state, instead of being cut off
  uint64_t steps = 0;
  double sum = 0; ///< of returns, not discounted
  double squares = 0;
  double least = 0;
  double greatest = 0;

  void add(double gain, uint64_t taken, bool terminal) {
    least = episodes == 0 || gain < least ? gain : least;
    greatest = episodes == 0 || gain > greatest ? gain : greatest;
    ++episodes;
    ended += terminal;
    steps += taken;
    sum += gain;
    squares += gain * gain;
  }

  void add(const episode_stats& other);

  double mean() const;

  /// Of single returns.
  double deviation() const;
};

/// As JSON, and back. @throws nlohmann::json::exception
nlohmann::json to_json(const episode_stats& stats);
episode_stats episode_stats_from(const nlohmann::json& json);

/// Measures of test episodes, for the metrics of a model.
nlohmann::json measures_of(const episode_stats& test);

} // namespace models
