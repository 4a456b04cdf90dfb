#include <actors/process/process_error.hpp>

namespace actors {

namespace {

std::string first_string(const caf::message& context) {
  for (size_t i = 0; i < context.size(); ++i)
    if (context.match_element<std::string>(i))
      return context.get_as<std::string>(i);
  return {};
}

} // namespace

std::string to_string(process_errc x) {
  switch (x) {
  case process_errc::none:
    return "none";
  case process_errc::spawn_failed:
    return "spawn failed";
  case process_errc::start_timeout:
    return "not ready in time";
  case process_errc::start_failed:
    return "ended before it was ready";
  case process_errc::exited:
    return "exited";
  case process_errc::signalled:
    return "ended by a signal";
  case process_errc::link_lost:
    return "lost its link";
  case process_errc::segment_failed:
    return "shared memory failed";
  case process_errc::declined:
    return "declined to start";
  }
  return "unknown process error";
}

caf::error make_process_error(process_errc code, std::string text) {
  return caf::make_error(code, std::move(text));
}

caf::error to_error(const process_exit& x) {
  if (x.clean())
    return caf::none;
  auto code = x.by_signal ? process_errc::signalled : process_errc::exited;
  return make_process_error(code, to_string(x));
}

std::string process_error_text(const caf::error& x) {
  if (!x) // CAF's error::context would follow a null pointer
    return "none";
  auto text = first_string(x.context());
  return text.empty() ? caf::to_string(x) : text;
}

void add_process_errors(caf::actor_system_config& cfg) {
  cfg.add_error_category(caf::atom("process"), [](uint8_t code, caf::atom_value,
                                                  const caf::message& context) {
    auto text = first_string(context);
    return text.empty() ? to_string(static_cast<process_errc>(code)) : text;
  });
}

caf::error keep_what(caf::scheduled_actor*, std::exception_ptr& x) {
  std::string text = "an exception that is no std::exception";
  try {
    std::rethrow_exception(x);
  } catch (const std::exception& e) {
    text = e.what();
  } catch (...) { // the text above
  }
  return caf::error{static_cast<uint8_t>(caf::exit_reason::unhandled_exception),
                    caf::atom("exit"), caf::make_message(std::move(text))};
}

} // namespace actors
