// Measures one thing of the models library and prints one number or more. Data
// comes from a file that the driver has made for both sides.

#include <bench/models/parts.hpp>
#include <cstring>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace bench {

models::row_matrix read_rows(const std::string& path, size_t columns) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  auto bytes = static_cast<size_t>(in.tellg());
  auto rows = bytes / sizeof(float) / columns;
  models::row_matrix x(rows, columns);
  in.seekg(0);
  in.read(reinterpret_cast<char*>(x.data()),
          static_cast<std::streamsize>(rows * columns * sizeof(float)));
  if (!in)
    throw std::runtime_error("cannot read " + path);
  return x;
}

} // namespace bench

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.empty())
      throw std::invalid_argument("which part?");
    for (auto& part : bench::parts())
      if (part.name == words[0]) {
        part.run(words);
        return 0;
      }
    throw std::invalid_argument("no part " + words[0]);
  } catch (const std::exception& e) {
    std::cerr << "bench_models: " << e.what() << '\n';
    return 2;
  }
}
