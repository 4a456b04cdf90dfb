#include <actors/process/process_host.hpp>
#include <actors/process/process_loop.hpp>

namespace actors {

process_host::process_host() : loop_{std::make_shared<process_loop>()} {}

process_host::~process_host() {
  loop_->stop();
}

process_id process_host::spawn(process_spec spec, process_callbacks callbacks) {
  return loop_->spawn(std::move(spec), std::move(callbacks));
}

void process_host::signal(process_id id, int number) {
  loop_->post([loop = loop_.get(), id, number] { loop->signal(id, number); });
}

void process_host::signal_group(process_id id, int number) {
  loop_->post(
    [loop = loop_.get(), id, number] { loop->signal_group(id, number); });
}

void process_host::kill(process_id id) {
  loop_->post([loop = loop_.get(), id] { loop->kill(id); });
}

size_t process_host::running() const noexcept {
  return loop_->running();
}

std::weak_ptr<process_loop> process_host::loop() const noexcept {
  return loop_;
}

} // namespace actors
