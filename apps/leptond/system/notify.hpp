#pragma once

#include <string_view>

namespace leptond {

/// Tells systemd (or whatever set `NOTIFY_SOCKET`) how we are: `READY=1`,
/// `STOPPING=1`, `STATUS=text`. Without that variable nothing happens.
/// @returns whether the message was sent
/// Source: sd_notify(3); the protocol is one datagram.
bool notify_service_manager(std::string_view message);

} // namespace leptond
