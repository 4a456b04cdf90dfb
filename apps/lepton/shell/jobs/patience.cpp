#include <shell/core/errors.hpp>
#include <shell/core/interrupt.hpp>
#include <shell/jobs/patience.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <chrono>
#include <ostream>

namespace lepton_shell {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::seconds longest{60};

/// Counts how long the node has been away, and says so.
class absence {
public:
  explicit absence(context& c) : c_(c) {}

  void note(const std::string& why) {
    auto now = steady::now();
    if (!told_) {
      began_ = now;
      told_ = true;
      say("the node is away, trying again for up to 60 s: " + why);
    }
    if (now - began_ > longest)
      throw;
    wait_seconds(pause_);
    pause_ = std::min(pause_ * 2, 1.0);
  }

  void over() {
    if (told_)
      say("the node is back");
  }

private:
  void say(const std::string& text) {
    c_.out.flush();
    if (c_.err_look.terminal)
      c_.err << "\r\x1b[K";
    c_.err << c_.err_look.paint(tone::warning, printable(text)) << std::endl;
  }

  context& c_;
  bool told_ = false;
  double pause_ = 0.1;
  steady::time_point began_;
};

bool passes(const refusal& e) {
  return e.status == 503 || e.status == 429 || e.status == 502
         || e.status == 504;
}

} // namespace

json with_patience(context& c, const std::function<json()>& ask) {
  absence away(c);
  while (true) {
    try {
      auto answer = ask();
      away.over();
      return answer;
    } catch (const unreachable& e) {
      away.note(e.what());
    } catch (const refusal& e) {
      if (!passes(e))
        throw;
      away.note(e.what());
    }
  }
}

} // namespace lepton_shell
