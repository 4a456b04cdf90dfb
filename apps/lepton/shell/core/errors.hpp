#pragma once

#include <stdexcept>
#include <string>

/// How a command fails. Each type has its exit code; `main` and the loops of
/// the shell turn one into the other.

namespace lepton_shell {

/// Exit codes that scripts rely on.
enum exit_code : int {
  done = 0,
  refused_by_system = 1, ///< the system said no
  wrong_usage = 2,       ///< unknown command or flag, value out of range
  no_node = 3,           ///< no node could be reached, or it went away
  interrupted_by_user = 130,
};

/// Any failure of a command with its exit code.
class failure : public std::runtime_error {
public:
  failure(exit_code code, const std::string& text)
    : std::runtime_error(text), code_(code) {}

  exit_code code() const noexcept { return code_; }

private:
  exit_code code_;
};

/// The system said no; the text is its own message.
struct refusal : failure {
  explicit refusal(const std::string& text, int http_status = 0)
    : failure(http_status == 400 ? wrong_usage : refused_by_system, text),
      status(http_status) {}

  int status; ///< HTTP status, 0 when the refusal is our own
};

/// The user typed something that cannot be right.
struct usage_error : failure {
  explicit usage_error(const std::string& text) : failure(wrong_usage, text) {}
};

/// No node answered.
struct unreachable : failure {
  explicit unreachable(const std::string& text) : failure(no_node, text) {}
};

/// ^C.
struct interrupted : failure {
  interrupted() : failure(interrupted_by_user, "interrupted") {}
};

} // namespace lepton_shell
