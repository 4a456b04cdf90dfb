#pragma once

#include <models/core/rows.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace bench {

/// One thing that is measured: its words after the name are its own.
struct part {
  std::string name;
  void (*run)(const std::vector<std::string>& words);
};

std::vector<part> parts();

/// Floats of a file as rows.
models::row_matrix read_rows(const std::string& path, size_t columns);

/// Milliseconds that `f` takes.
template <class F>
double milliseconds(F f) {
  using clock = std::chrono::steady_clock;
  auto begin = clock::now();
  f();
  return std::chrono::duration<double, std::milli>(clock::now() - begin)
    .count();
}

void mlp(const std::vector<std::string>& words);
void hclust(const std::vector<std::string>& words);
void kmeans(const std::vector<std::string>& words);

} // namespace bench
