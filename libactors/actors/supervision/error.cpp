#include <actors/supervision/error.hpp>

namespace actors {

namespace {

caf::error exit_error(caf::exit_reason reason, std::string text) {
  if (text.empty())
    return reason;
  return {static_cast<uint8_t>(reason), caf::atom("exit"),
          caf::make_message(std::move(text))};
}

/// With what CAF has no reasons for, so that `status_of` finds it again.
caf::error exit_error(caf::exit_reason reason, const exit_status& status) {
  return {static_cast<uint8_t>(reason), caf::atom("exit"),
          caf::make_message(status.text, static_cast<uint8_t>(status.how),
                            static_cast<uint8_t>(status.because))};
}

/// What `exit_error` has added, if it has.
bool read_exit(const caf::message& context, exit_status& status) {
  if (!context.match_elements<std::string, uint8_t, uint8_t>())
    return false;
  auto how = context.get_as<uint8_t>(1);
  auto because = context.get_as<uint8_t>(2);
  if (how > static_cast<uint8_t>(exit_status::kind::hung)
      || because > static_cast<uint8_t>(exit_status::cause::auto_shutdown))
    return false;
  status = {static_cast<exit_status::kind>(how), context.get_as<std::string>(0),
            static_cast<exit_status::cause>(because)};
  return true;
}

std::string render(uint8_t code, caf::atom_value, const caf::message& context) {
  auto word = to_string(static_cast<sup_errc>(code));
  if (context.match_element<std::string>(0))
    return word + ": " + context.get_as<std::string>(0);
  return word;
}

} // namespace

std::string to_string(sup_errc x) {
  switch (x) {
  case sup_errc::none:
    return "none";
  case sup_errc::restarting:
    return "restarting";
  case sup_errc::gone:
    return "gone";
  case sup_errc::bad_spec:
    return "bad_spec";
  case sup_errc::start_failed:
    return "start_failed";
  case sup_errc::not_found:
    return "not_found";
  case sup_errc::bad_state:
    return "bad_state";
  case sup_errc::injected:
    return "injected";
  case sup_errc::bad_message:
    return "bad_message";
  case sup_errc::poisoned:
    return "poisoned";
  case sup_errc::max_children:
    return "max_children";
  }
  return "unknown";
}

caf::error make_sup_error(sup_errc code, std::string text) {
  return {static_cast<uint8_t>(code), caf::atom("supervise"),
          caf::make_message(std::move(text))};
}

std::string text_of(const caf::error& x) {
  if (!x)
    return {};
  const auto& context = x.context();
  if (!context.empty() && context.match_element<std::string>(0))
    return context.get_as<std::string>(0);
  if (x.category() == caf::atom("exit"))
    return caf::to_string(static_cast<caf::exit_reason>(x.code()));
  if (x.category() == caf::atom("system"))
    return caf::to_string(static_cast<caf::sec>(x.code()));
  if (x.category() == caf::atom("supervise"))
    return to_string(static_cast<sup_errc>(x.code()));
  return caf::to_string(x);
}

void add_supervision_errors(caf::actor_system_config& cfg) {
  cfg.add_error_category(caf::atom("supervise"), render);
}

exit_status status_of(const caf::error& reason) {
  using kind = exit_status::kind;
  if (!reason)
    return {kind::normal, {}};
  const auto& context = reason.context();
  exit_status known;
  if (reason.category() == caf::atom("exit") && read_exit(context, known))
    return known;
  auto text = context.empty() ? std::string{} : text_of(reason);
  if (reason == caf::exit_reason::remote_link_unreachable)
    return {kind::lost, "its node cannot be reached: it may still run"};
  if (reason == caf::exit_reason::user_shutdown)
    return {kind::shutdown, text};
  if (reason == caf::exit_reason::kill)
    return {kind::killed, text};
  return {kind::crashed, text_of(reason)};
}

caf::error reason_of(const exit_status& status) {
  if (status.because != exit_status::cause::none)
    return exit_error(caf::exit_reason::user_shutdown, status);
  switch (status.how) {
  case exit_status::kind::normal:
    return caf::none;
  case exit_status::kind::shutdown:
    return exit_error(caf::exit_reason::user_shutdown, status.text);
  case exit_status::kind::killed:
    return exit_error(caf::exit_reason::kill, status.text);
  case exit_status::kind::lost:
  case exit_status::kind::hung:
    return exit_error(caf::exit_reason::unhandled_exception, status);
  case exit_status::kind::crashed:
    return exit_error(caf::exit_reason::unhandled_exception, status.text);
  }
  return caf::none;
}

caf::error crash_reason(std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const std::exception& e) {
    return crash_reason(e.what());
  } catch (...) {
    return crash_reason("unknown exception");
  }
}

caf::error crash_reason(std::string text) {
  return exit_error(caf::exit_reason::unhandled_exception, std::move(text));
}

} // namespace actors
