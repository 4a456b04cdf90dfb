// hclust FILE COLUMNS METHOD THREADS: milliseconds of a whole fit.

#include <models/clustering/hclust.hpp>

#include <bench/models/parts.hpp>
#include <cstdio>

namespace bench {

void hclust(const std::vector<std::string>& words) {
  using enum models::linkage_method;
  auto x = read_rows(words.at(1), std::stoul(words.at(2)));
  models::hclust_config config;
  auto& name = words.at(3);
  config.method = name == "single"     ? single
                  : name == "complete" ? complete
                  : name == "average"  ? average
                                       : ward;
  auto threads = static_cast<uint32_t>(std::stoul(words.at(4)));
  models::hclust_model model;
  auto ms =
    milliseconds([&] { model = models::hclust{config}.fit(x, threads); });
  std::printf("%.3f %.9e\n", ms, model.linkage.back().height);
}

} // namespace bench
