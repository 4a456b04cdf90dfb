#include <models/parallel/fit.hpp>
#include <models/parallel/worker_crew.hpp>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <sys/mman.h>

namespace models {

using namespace std::chrono_literals;

block_memory::block_memory(size_t bytes) {
  auto size = std::max<size_t>(bytes, 1);
  auto* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::bad_alloc();
  madvise(memory, size, MADV_HUGEPAGE); // a wish
  bytes_ = {static_cast<std::byte*>(memory), size};
}

block_memory::~block_memory() {
  munmap(bytes_.data(), bytes_.size());
}

fit_result fit_mlp(const training_config& config,
                   const training_set& set,
                   uint32_t threads,
                   const std::function<void(const training_loop&,
                                            const span_report&)>& on_span) {
  if (threads < 1 || threads > 255)
    throw std::invalid_argument("fit_mlp: threads must be 1 to 255");
  check(config, set);
  block_memory memory(training_block::bytes(config, set.rows));
  training_loop loop(memory.bytes(), config, set);
  worker_crew crew(memory.bytes(), threads);
  while (loop.next_span()) {
    while (!loop.wait(1s))
      ;
    auto report = loop.span_done();
    if (on_span)
      on_span(loop, report);
  }
  fit_result result;
  result.best.assign(loop.best().begin(), loop.best().end());
  result.history = loop.history();
  result.end = *loop.ended();
  result.diverged_at = loop.diverged_at();
  if (result.end == training_end::diverged
      || result.end == training_end::aborted)
    return result;
  loop.begin_evaluation(part::test);
  while (!loop.wait(1s))
    ;
  auto score = loop.evaluation();
  result.test_loss = score.loss;
  result.test_accuracy = score.accuracy;
  result.predicted.assign(score.predicted.begin(), score.predicted.end());
  result.outputs.assign(score.outputs.begin(), score.outputs.end());
  return result;
}

} // namespace models
