// Reads a CSV file as a training does, for bench/models.py.
//
//   bench_csv_read write FILE MB    a table of 22 numbers and a class a row
//   bench_csv_read read FILE        prints seconds and rows

#include <models/data/csv_reader.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

namespace {

constexpr int columns = 22;

/// Numbers of six decimals, as programs write them; the same in each run.
void write(const char* path, size_t bytes) {
  std::ofstream out(path, std::ios::binary);
  for (int i = 0; i < columns; ++i)
    out << 'x' << i << ',';
  out << "label\n";
  std::mt19937_64 random(7);
  std::string row;
  for (size_t written = 0; written < bytes; written += row.size()) {
    row.clear();
    char number[32];
    for (int i = 0; i < columns; ++i) {
      std::snprintf(number, sizeof(number), "%.6f,",
                    static_cast<double>(random() >> 11) * 0x1p-50 - 4);
      row += number;
    }
    row += "class ";
    row += static_cast<char>('a' + random() % 4);
    row += '\n';
    out << row;
  }
}

void read(const char* path) {
  auto begin = std::chrono::steady_clock::now();
  auto table = models::read_csv(models::file_source(path), {});
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%.6f %zu\n", took.count(), table.rows);
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "write")
    write(argv[2], std::strtoull(argv[3], nullptr, 10) << 20);
  else if (argc == 3 && std::string_view(argv[1]) == "read")
    read(argv[2]);
  else
    return 2;
}
