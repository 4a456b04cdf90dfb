#include <models/nn/denormals.hpp>
#include <models/parallel/fit.hpp>
#include <models/parallel/rounds.hpp>
#include <models/parallel/step_worker.hpp>
#include <models/parallel/worker_crew.hpp>

#include <cstring>
#include <new>
#include <stdexcept>

namespace models {

namespace {

constexpr uint64_t magic = 0x314B434F4C42444E; // "NDBLOCK1"
constexpr uint32_t layout_version = 1;
constexpr size_t cache_line = 64;
constexpr uint32_t most_tasks = 4096;

constexpr size_t padded(size_t n) {
  return (n + cache_line - 1) / cache_line * cache_line;
}

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("rounds: " + what);
}

class round_worker : public board_worker {
public:
  round_worker(std::span<std::byte> memory, uint8_t owner)
    : board_worker(owner), block_(round_block::attach(memory)) {
    auto* program = find_round_program(block_.program());
    if (!program)
      refuse("this build has no '" + std::string(block_.program()) + "'");
    tasks_ = program->attach(block_.payload());
  }

private:
  board_words& words() const override { return block_.words(); }

  task_words board_tasks() const override { return block_.tasks(); }

  uint32_t count(uint64_t) const override {
    return static_cast<uint32_t>(block_.tasks().size());
  }

  void execute(uint32_t task) override { tasks_->compute(task); }

  round_block block_;
  std::unique_ptr<round_tasks> tasks_;
};

void run_alone(round_algorithm& algorithm) {
  denormals_off guard;
  block_memory memory(algorithm.payload_bytes());
  algorithm.lay_out(memory.bytes());
  auto tasks = find_round_program(algorithm.program())->attach(memory.bytes());
  while (algorithm.next_round()) {
    for (uint32_t i = 0; i < algorithm.tasks(); ++i)
      tasks->compute(i);
    algorithm.end_round();
  }
}

} // namespace

struct round_block::header {
  uint64_t magic;
  uint32_t version;
  uint32_t tasks;
  uint64_t bytes;
  char program[24];
  board_words words;
};

size_t round_block::bytes(const round_algorithm& algorithm) {
  return padded(sizeof(header))
         + padded(algorithm.tasks() * sizeof(std::atomic<uint64_t>))
         + padded(algorithm.payload_bytes());
}

round_block round_block::create(std::span<std::byte> memory,
                                const round_algorithm& algorithm) {
  auto name = algorithm.program();
  auto tasks = algorithm.tasks();
  if (name.empty() || name.size() >= sizeof(header::program) || tasks == 0
      || tasks > most_tasks)
    refuse("bad name or number of tasks");
  auto size = bytes(algorithm);
  if (memory.size() < size
      || reinterpret_cast<uintptr_t>(memory.data()) % cache_line != 0)
    refuse(std::to_string(memory.size()) + " bytes, needs "
           + std::to_string(size) + " aligned to 64");
  auto& head = *new (memory.data()) header{};
  head.version = layout_version;
  head.tasks = tasks;
  head.bytes = size;
  std::memcpy(head.program, name.data(), name.size());
  head.magic = magic;
  return round_block(memory.first(size));
}

bool round_block::is_one(std::span<const std::byte> memory) {
  uint64_t first = 0;
  if (memory.size() < sizeof(header))
    return false;
  std::memcpy(&first, memory.data(), sizeof(first));
  return first == magic;
}

round_block round_block::attach(std::span<std::byte> memory) {
  if (!is_one(memory)
      || reinterpret_cast<uintptr_t>(memory.data()) % cache_line != 0)
    refuse("no computation in rounds");
  round_block block(memory);
  auto& head = block.head();
  auto least = padded(sizeof(header)) + padded(size_t{head.tasks} * 8);
  if (head.version != layout_version || head.tasks == 0
      || head.tasks > most_tasks || head.bytes < least
      || head.bytes > memory.size() || head.program[23] != 0)
    refuse("a damaged block, or of another version");
  block.memory_ = memory.first(head.bytes);
  return block;
}

round_block::header& round_block::head() const {
  return *reinterpret_cast<header*>(memory_.data());
}

board_words& round_block::words() const {
  return head().words;
}

task_words round_block::tasks() const {
  auto at = memory_.data() + padded(sizeof(header));
  return {reinterpret_cast<std::atomic<uint64_t>*>(at), head().tasks};
}

std::string_view round_block::program() const {
  return head().program;
}

std::span<std::byte> round_block::payload() const {
  return memory_.subspan(padded(sizeof(header))
                         + padded(size_t{head().tasks} * 8));
}

round_loop::round_loop(std::span<std::byte> memory,
                       round_algorithm& algorithm,
                       const round_state* from)
  : block_(round_block::create(memory, algorithm)), algorithm_(algorithm) {
  algorithm_.lay_out(block_.payload());
  if (from)
    algorithm_.restore(*from);
}

bool round_loop::next() {
  denormals_off guard;
  if (!algorithm_.next_round())
    return false;
  auto& words = block_.words();
  words.target.fetch_add(1, std::memory_order_acq_rel);
  open_gate(words.gate);
  return true;
}

bool round_loop::wait(std::chrono::nanoseconds limit) {
  return wait_for_target(block_.words(), limit);
}

void round_loop::done() {
  denormals_off guard;
  algorithm_.end_round();
}

void run_rounds(round_algorithm& algorithm, uint32_t threads) {
  if (threads < 1 || threads > 255)
    throw std::invalid_argument("threads must be 1 to 255");
  if (threads == 1)
    return run_alone(algorithm);
  block_memory memory(round_block::bytes(algorithm));
  round_loop loop(memory.bytes(), algorithm);
  worker_crew crew(memory.bytes(), threads);
  while (loop.next()) {
    while (!loop.wait(std::chrono::seconds{1}))
      ;
    loop.done();
  }
}

std::unique_ptr<board_worker> make_worker(std::span<std::byte> memory,
                                          uint8_t owner) {
  if (round_block::is_one(memory))
    return std::make_unique<round_worker>(memory, owner);
  return std::make_unique<step_worker>(memory, owner);
}

} // namespace models
