// kmeans FILE COLUMNS CLUSTERS METHOD THREADS: milliseconds of a whole fit,
// rounds, inertia; then milliseconds of a round of Lloyd from random rows.

#include <models/clustering/kmeans.hpp>

#include <bench/models/parts.hpp>
#include <cstdio>

namespace bench {

void kmeans(const std::vector<std::string>& words) {
  auto x = read_rows(words.at(1), std::stoul(words.at(2)));
  models::kmeans_config config;
  config.clusters = static_cast<uint32_t>(std::stoul(words.at(3)));
  config.starts = 1;
  config.silhouette_rows = 0;
  config.method = words.at(4) == "lloyd" ? models::kmeans_method::lloyd
                                         : models::kmeans_method::hamerly;
  auto threads = static_cast<uint32_t>(std::stoul(words.at(5)));
  models::kmeans_model model;
  auto whole =
    milliseconds([&] { model = models::kmeans{config}.fit(x, threads); });
  // The difference of a long and a short run: seeding and set-up cancel out.
  config.start = models::kmeans_start::random;
  config.method = models::kmeans_method::lloyd;
  config.tolerance = 0;
  auto run = [&](uint32_t rounds) {
    config.iterations = rounds;
    uint32_t done = 0;
    auto ms = milliseconds(
      [&] { done = models::kmeans{config}.fit(x, threads).iterations; });
    return std::pair{ms, done};
  };
  auto [less, few] = run(2);
  auto [more, many] = run(22);
  std::printf("%.3f %u %.6e %.4f\n", whole, model.iterations, model.inertia,
              (more - less) / (many - few));
}

} // namespace bench
