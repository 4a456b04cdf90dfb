#pragma once

#include <models/core/random.hpp>
#include <models/core/rows.hpp>
#include <models/data/csv_reader.hpp>
#include <models/data/pipeline.hpp>
#include <models/parallel/fit.hpp>
#include <models/parallel/rounds.hpp>

#include <csignal>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace clustering_test {

/// Clouds around random points, which overlap.
inline models::row_matrix clouds(size_t rows, size_t columns, size_t centres) {
  models::row_matrix x(rows, columns);
  std::span<float> all(x.data(), rows * columns);
  models::fill_normal(all, models::make_key(5, 1));
  std::vector<float> middle(centres * columns);
  models::fill_normal(middle, models::make_key(5, 2));
  for (size_t i = 0; i < rows; ++i)
    for (size_t f = 0; f < columns; ++f)
      all[i * columns + f] += 2 * middle[i % centres * columns + f];
  return x;
}

/// A shipped table as it is, with its labels.
inline models::dataset shipped(const std::string& name) {
  auto path = std::string(LEPTON_SOURCE_DIR) + "/models/data/" + name;
  auto table = models::read_csv(models::file_source(path), {});
  std::vector<uint32_t> all(table.rows);
  for (uint32_t i = 0; i < all.size(); ++i)
    all[i] = i;
  return models::fit_pipeline(table, all, models::scaling::none)
    .transform(table);
}

/// Runs a computation by processes that are killed with SIGKILL in the middle
/// of their tasks; others take their places.
/// @param seed of the moments at which they die
/// @returns how many died
inline int run_with_deaths(models::round_algorithm& algorithm, uint64_t seed) {
  using namespace models;
  auto size = round_block::bytes(algorithm);
  auto* data = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  std::span memory(static_cast<std::byte*>(data), size);
  round_loop loop(memory, algorithm);
  auto key = make_key(seed, 1);
  uint32_t drawn = 0;
  auto start = [&](uint8_t owner) {
    auto bits = philox(key, {++drawn, 0, 0, 0});
    auto die_at = bits[0] % 3 == 0 ? 0 : 1 + bits[1] % 40;
    auto child = fork();
    if (child != 0)
      return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto worker = make_worker(memory, owner);
    worker->before_task = [=](uint64_t n) {
      if (n == die_at)
        kill(getpid(), SIGKILL);
    };
    for (auto status = worker_status::working;
         status == worker_status::working || status == worker_status::waiting;)
      status = worker->run(std::chrono::milliseconds{2});
    _exit(0);
  };
  pid_t children[2] = {start(1), start(2)};
  int deaths = 0;
  while (loop.next()) {
    while (!loop.wait(std::chrono::milliseconds{1}))
      for (uint8_t i = 0; i < 2; ++i)
        if (waitpid(children[i], nullptr, WNOHANG) > 0) {
          ++deaths;
          loop.release(static_cast<uint8_t>(i + 1));
          children[i] = start(static_cast<uint8_t>(i + 1));
        }
    loop.done();
  }
  loop.finish();
  for (auto child : children)
    waitpid(child, nullptr, 0);
  munmap(data, size);
  return deaths;
}

/// Runs `first` for some rounds, then `second` from its state to the end.
inline void hand_over(models::round_algorithm& first,
                      models::round_algorithm& second,
                      int rounds) {
  using namespace models;
  auto run = [](round_algorithm& a, std::span<std::byte> memory, int most) {
    auto tasks = find_round_program(a.program())->attach(memory);
    for (int i = 0; i < most && a.next_round(); ++i) {
      for (uint32_t t = 0; t < a.tasks(); ++t)
        tasks->compute(t);
      a.end_round();
    }
  };
  block_memory one(first.payload_bytes()), two(second.payload_bytes());
  first.lay_out(one.bytes());
  run(first, one.bytes(), rounds);
  second.lay_out(two.bytes());
  second.restore(first.save());
  run(second, two.bytes(), 1 << 30);
}

} // namespace clustering_test
