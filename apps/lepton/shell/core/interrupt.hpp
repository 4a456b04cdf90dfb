#pragma once

/// ^C as a flag that long waits look at. The handler is async-signal-safe; the
/// other functions belong to the main thread.

namespace lepton_shell {

/// Catches SIGINT and ignores SIGPIPE. A second signal before
/// `clear_interrupt` ends the process.
void catch_interrupts();

/// Whether a signal has come since `clear_interrupt`.
bool interrupt_pending() noexcept;

/// Forgets the signal that has come.
void clear_interrupt() noexcept;

/// @throws interrupted when a signal has come
void check_interrupt();

/// Sleeps, less if a signal comes. @throws interrupted when one has come
void wait_seconds(double seconds);

} // namespace lepton_shell
