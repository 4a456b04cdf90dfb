#include <models/parallel/worker_crew.hpp>

namespace models {

namespace {

void work(board_worker& worker) {
  auto status = worker_status::working;
  while (status != worker_status::finished && status != worker_status::aborted)
    status = worker.run(std::chrono::milliseconds{10});
}

} // namespace

worker_crew::worker_crew(std::span<std::byte> memory, uint32_t threads) {
  for (uint32_t i = 1; i <= threads; ++i)
    workers_.push_back(make_worker(memory, static_cast<uint8_t>(i)));
  for (auto& worker : workers_)
    threads_.emplace_back([&worker] { work(*worker); });
}

worker_crew::~worker_crew() {
  workers_.front()->end_run();
  for (auto& thread : threads_)
    thread.join();
}

} // namespace models
