// How fast the training engine is, as ratios in one run: samples a second of a
// 784-128-10 network (Adam, 8 shards) with 1 and 2 threads and with 2
// processes, against the products of a step alone, by our kernels and by
// Eigen. Figures of PyTorch come from torch_mlp.py.
//
//   bench_train_engine [--rows N] [--rounds N] [--dropout P]
// prints one JSON line a figure (medians over rounds, interleaved).

#include <models/core/random.hpp>
#include <models/nn/denormals.hpp>
#include <models/nn/kernels.hpp>
#include <models/parallel/step_worker.hpp>
#include <models/parallel/training_loop.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

/// Processor time of this process: what counts on a machine that is shared.
double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double seconds_since(clock_type::time_point begin) {
  return std::chrono::duration<double>(clock_type::now() - begin).count();
}

/// Rows as those of MNIST: four fifths zeros, the rest in (0, 1].
struct rows {
  explicit rows(uint32_t n) : features(size_t{n} * 784), labels(n) {
    models::fill_uniform(features, models::make_key(1, 1));
    for (auto& x : features)
      x = x < 0.8f ? 0 : (x - 0.8f) * 5;
    for (uint32_t i = 0; i < n; ++i)
      labels[i] = static_cast<int32_t>(i % 10);
  }

  std::vector<float> features;
  std::vector<int32_t> labels;
};

/// Memory as leptond's: shared between processes.
struct shared_memory {
  explicit shared_memory(size_t n)
    : size(n),
      data(mmap(nullptr,
                n,
                PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS,
                -1,
                0)) {
    if (data == MAP_FAILED)
      std::abort();
  }

  ~shared_memory() { munmap(data, size); }

  std::span<std::byte> bytes() { return {static_cast<std::byte*>(data), size}; }

  size_t size;
  void* data;
};

void work(std::span<std::byte> memory, uint8_t owner) {
  models::step_worker worker(memory, owner);
  for (;;) {
    auto status = worker.run(2ms);
    if (status == models::worker_status::finished
        || status == models::worker_status::aborted)
      return;
  }
}

struct options {
  uint32_t rows = 60000;
  int rounds = 5;
  float dropout = 0;
};

struct speed {
  double wall = 0; ///< samples a second
  double cpu = 0;  ///< samples a second of processor time, threads only
};

/// One epoch after a first one to warm up.
speed train(const rows& data,
            const options& o,
            uint32_t batch,
            uint32_t workers,
            bool processes) {
  models::training_config config;
  config.net = {784, {128}, 10, models::activation::relu, o.dropout};
  config.batch = batch;
  config.epochs = 2;
  config.checkpoint_every = 0;
  models::training_set set{data.features, data.labels, {o.rows, 0, 0}};
  shared_memory memory(models::training_block::bytes(config, set.rows));
  models::training_loop loop(memory.bytes(), config, set);
  std::vector<std::thread> threads;
  std::vector<pid_t> children;
  for (uint32_t i = 1; i <= workers; ++i) {
    auto owner = static_cast<uint8_t>(i);
    if (!processes) {
      threads.emplace_back([&, owner] { work(memory.bytes(), owner); });
    } else if (auto child = fork(); child == 0) {
      work(memory.bytes(), owner);
      _exit(0);
    } else {
      children.push_back(child);
    }
  }
  double seconds = 0, cpu = 0;
  for (;;) {
    auto begin = clock_type::now();
    auto cpu_begin = cpu_seconds();
    if (!loop.next_span())
      break;
    while (!loop.wait(1s))
      ;
    seconds = seconds_since(begin);
    cpu = cpu_seconds() - cpu_begin;
    loop.span_done();
  }
  loop.finish();
  for (auto& thread : threads)
    thread.join();
  for (auto child : children)
    waitpid(child, nullptr, 0);
  return {o.rows / seconds, o.rows / cpu};
}

using matrix =
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Samples a second if a step were its five products in Eigen.
double eigen_products(uint32_t batch) {
  matrix x = matrix::Random(batch, 784), w1 = matrix::Random(784, 128),
         w2 = matrix::Random(128, 10), h(batch, 128), z(batch, 10),
         d = matrix::Random(batch, 10), e(batch, 128), g1(784, 128),
         g2(128, 10);
  auto steps = 20000 / batch;
  auto begin = cpu_seconds();
  for (uint32_t i = 0; i < steps; ++i) {
    h.noalias() = x * w1;
    z.noalias() = h * w2;
    e.noalias() = d * w2.transpose();
    g2.noalias() = h.transpose() * d;
    g1.noalias() = x.transpose() * e;
  }
  return steps * batch / (cpu_seconds() - begin);
}

[[noreturn]] void show_usage(int status) {
  std::fputs("usage: bench_train_engine [--rows N] [--rounds N] [--dropout P]\n"
             "Samples a second of the training engine; a JSON line a figure.\n",
             status == 0 ? stdout : stderr);
  std::exit(status);
}

options parse(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; i += 2) {
    if (!std::strcmp(argv[i], "--help"))
      show_usage(0);
    auto value = i + 1 < argc ? std::atof(argv[i + 1]) : 0;
    if (!std::strcmp(argv[i], "--rows") && value >= 1)
      o.rows = static_cast<uint32_t>(value);
    else if (!std::strcmp(argv[i], "--rounds") && value >= 1)
      o.rounds = static_cast<int>(value);
    else if (!std::strcmp(argv[i], "--dropout") && value >= 0 && value < 1)
      o.dropout = static_cast<float>(value);
    else
      show_usage(2);
  }
  return o;
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

void print(const std::string& name,
           double value,
           const std::string& reference,
           double reference_value) {
  std::printf("{\"bench\": \"train_engine\", \"figure\": \"%s\", "
              "\"unit\": \"samples/s\", \"value\": %.0f, \"reference\": "
              "\"%s\", \"reference_value\": %.0f, \"ratio\": %.3f}\n",
              name.c_str(), value, reference.c_str(), reference_value,
              value / reference_value);
}

} // namespace

int main(int argc, char** argv) {
  auto o = parse(argc, argv);
  rows data(o.rows);
  for (uint32_t batch : {32u, 128u, 256u}) {
    std::map<std::string, std::vector<double>> figures;
    for (int round = 0; round < o.rounds; ++round) {
      figures["eigen"].push_back(eigen_products(batch));
      auto one = train(data, o, batch, 1, false);
      figures["1"].push_back(one.wall);
      figures["1, cpu"].push_back(one.cpu);
      figures["2 threads"].push_back(train(data, o, batch, 2, false).wall);
      figures["2 processes"].push_back(train(data, o, batch, 2, true).wall);
    }
    auto name = "batch " + std::to_string(batch) + ", ";
    auto one = median(figures["1"]);
    print(name + "1 thread, processor time", median(figures["1, cpu"]),
          "the five products in Eigen", median(figures["eigen"]));
    for (auto two : {"2 threads", "2 processes"})
      print(name + two, median(figures[two]), "1 thread", one);
  }
}
