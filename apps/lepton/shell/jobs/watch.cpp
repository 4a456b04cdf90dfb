#include <shell/core/errors.hpp>
#include <shell/core/interrupt.hpp>
#include <shell/jobs/patience.hpp>
#include <shell/jobs/record.hpp>
#include <shell/jobs/watch.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/draw.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <cmath>
#include <limits>
#include <ostream>

namespace lepton_shell {

namespace {

constexpr int wait_ms = 5000;

/// Where progress goes: with -o json standard output is for the record alone.
class progress_view {
public:
  explicit progress_view(context& c)
    : out_(c.wants_json() ? c.err : c.out),
      look_(c.wants_json() ? c.err_look : c.look) {}

  ~progress_view() { wipe(); }

  progress_view(const progress_view&) = delete;
  progress_view& operator=(const progress_view&) = delete;

  void show(const json& record) {
    auto now = now_s();
    pace_.note(number_of(record, "step"), now);
    auto line = progress_line(record, pace_.rest(number_of(record, "steps")),
                              look_.terminal);
    if (look_.terminal) {
      out_ << '\r' << shorten(line, look_.columns - 1) << "\x1b[K"
           << std::flush;
      painted_ = true;
    } else if (now >= next_ && line != last_) {
      out_ << line << std::endl;
      next_ = now + 1;
      last_ = line;
    }
  }

private:
  void wipe() {
    try {
      if (painted_)
        out_ << "\r\x1b[K" << std::flush;
    } catch (const std::exception&) {
      // the next write tells
    }
  }

  std::ostream& out_;
  const style& look_;
  pace pace_;
  std::string last_;
  double next_ = 0;
  bool painted_ = false;
};

const json& latest(const json& record) {
  auto& history = member(record, "history");
  static const json null;
  return history.is_array() && !history.empty() ? history.back() : null;
}

/// Loss and accuracy of the last epoch, from `progress` or the history.
double last_figure(const json& record, const char* name) {
  auto x = number_of(latest(record), name);
  return std::isnan(x) ? number_of(member(record, "metrics"), name) : x;
}

} // namespace

void pace::note(double step, double time) {
  if (std::isnan(step))
    return;
  if (first_step_ < 0 || step < step_) { // back to a checkpoint: begin anew
    first_step_ = step;
    first_time_ = time;
  }
  step_ = step;
  time_ = time;
}

double pace::rest(double steps) const {
  auto moved = step_ - first_step_;
  if (first_step_ < 0 || moved <= 0 || !(steps >= step_))
    return std::numeric_limits<double>::quiet_NaN();
  return (steps - step_) * (time_ - first_time_) / moved;
}

std::string progress_line(const json& record, double eta_s, bool with_bar) {
  auto state = printable(text_of(record, "state"));
  auto step = number_of(record, "step");
  auto steps = number_of(record, "steps");
  std::string text;
  if (state != "running")
    text = state + "  ";
  if (with_bar && steps > 0)
    text += bar(step / steps, 24) + " " + percent(step / steps) + "  ";
  text += "epoch " + count_of(record, "epoch") + "/"
          + count_of(record, "epochs") + "  step " + count_of(record, "step")
          + "/" + count_of(record, "steps");
  auto loss = last_figure(record, "loss");
  auto accuracy = last_figure(record, "val_accuracy");
  if (!std::isnan(loss))
    text += "  loss " + figure(loss);
  if (!std::isnan(accuracy))
    text += "  val accuracy " + score(accuracy);
  if (number_of(record, "restarts") > 0)
    text += "  restarts " + count_of(record, "restarts");
  if (!std::isnan(eta_s))
    text += "  ETA " + span_text(eta_s);
  return text;
}

json watch_job(context& c, const std::string& id) {
  progress_view view(c);
  query_list query;
  while (true) {
    auto record = with_patience(c, [&] {
      return c.api.get("/jobs/" + percent_encode(id), query,
                       query.empty() ? 0 : wait_ms / 1000.0);
    });
    if (!record.is_object() || !member(record, "state").is_string())
      throw refusal("the node's answer is not the record of a job");
    if (is_over(record))
      return record;
    view.show(record);
    auto revision = count_of(record, "revision");
    query = {{"since", revision.empty() ? "0" : revision},
             {"wait_ms", std::to_string(wait_ms)}};
    wait_seconds(0.1); // a record may change many times a second
  }
}

int watch_and_report(context& c, const std::string& id) {
  auto record = watch_job(c, id);
  if (c.wants_json())
    c.print(record);
  else
    print_outcome(c, record);
  c.out.flush();
  auto state = text_of(record, "state");
  auto error = text_of(record, "error");
  if (state != "succeeded")
    throw refusal("job " + id + " " + state
                  + (error.empty() ? "" : ": " + error));
  auto& verdict = member(record, "verify");
  if (member(verdict, "equal") == json(false))
    throw refusal("job " + id + " ended with other weights than expected");
  return done;
}

} // namespace lepton_shell
