#include <models/rl/episode_stats.hpp>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace models {

using nlohmann::json;

void episode_stats::add(const episode_stats& o) {
  if (o.episodes == 0)
    return;
  least = episodes == 0 ? o.least : std::min(least, o.least);
  greatest = episodes == 0 ? o.greatest : std::max(greatest, o.greatest);
  episodes += o.episodes;
  ended += o.ended;
  steps += o.steps;
  sum += o.sum;
  squares += o.squares;
}

double episode_stats::mean() const {
  return episodes == 0 ? 0 : sum / static_cast<double>(episodes);
}

double episode_stats::deviation() const {
  if (episodes < 2)
    return 0;
  auto n = static_cast<double>(episodes);
  return std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1)));
}

json to_json(const episode_stats& s) {
  return {{"episodes", s.episodes}, {"ended", s.ended},     {"steps", s.steps},
          {"sum", s.sum},           {"squares", s.squares}, {"least", s.least},
          {"greatest", s.greatest}};
}

episode_stats episode_stats_from(const json& j) {
  episode_stats s;
  j.at("episodes").get_to(s.episodes);
  j.at("ended").get_to(s.ended);
  j.at("steps").get_to(s.steps);
  j.at("sum").get_to(s.sum);
  j.at("squares").get_to(s.squares);
  j.at("least").get_to(s.least);
  j.at("greatest").get_to(s.greatest);
  return s;
}

json measures_of(const episode_stats& test) {
  auto n = static_cast<double>(test.episodes);
  return {{"return", test.mean()},
          {"return_deviation", test.deviation()},
          {"least_return", test.least},
          {"greatest_return", test.greatest},
          {"mean_steps", static_cast<double>(test.steps) / n},
          {"ended", static_cast<double>(test.ended) / n},
          {"test_episodes", test.episodes},
          {"on", "test episodes"}};
}

} // namespace models
