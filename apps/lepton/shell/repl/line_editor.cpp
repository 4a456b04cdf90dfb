#include <shell/core/interrupt.hpp>
#include <shell/repl/line_editor.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <histedit.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lepton_shell {

namespace {

constexpr int history_size = 2000;
constexpr size_t most_shown = 200;

/// Creates the file and its folder for the owner alone.
bool prepare(const std::string& path) {
  if (path.empty())
    return false;
  std::error_code error;
  auto folder = std::filesystem::path(path).parent_path();
  if (!std::filesystem::exists(folder, error)) {
    std::filesystem::create_directories(folder, error);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all,
                                 error);
  }
  auto fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return false;
  fchmod(fd, 0600);
  close(fd);
  return true;
}

void print_candidates(const std::vector<std::string>& all, size_t columns) {
  size_t widest = 1;
  auto n = std::min(all.size(), most_shown);
  for (size_t i = 0; i < n; ++i)
    widest = std::max(widest, width(printable(all[i])));
  auto across = std::max<size_t>(1, columns / (widest + 2));
  std::string text = "\n";
  for (size_t i = 0; i < n; ++i) {
    auto last = i + 1 == n || (i + 1) % across == 0;
    text += last ? printable(all[i]) + "\n"
                 : pad_right(printable(all[i]), widest + 2);
  }
  if (n < all.size())
    text += "... and " + std::to_string(all.size() - n) + " more\n";
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

} // namespace

struct line_editor::state {
  EditLine* edit = nullptr;
  History* history = nullptr;
  std::string file;
  std::string prompt;
  name_source source;
  style look;

  static state& of(EditLine* edit) {
    state* self = nullptr;
    el_get(edit, EL_CLIENTDATA, &self);
    return *self;
  }

  static char* show_prompt(EditLine* edit) { return of(edit).prompt.data(); }

  static unsigned char on_tab(EditLine* edit, int) {
    return of(edit).complete_here();
  }

  unsigned char complete_here() {
    auto info = el_line(edit);
    std::string before(info->buffer, info->cursor);
    auto found = complete(before, source);
    if (found.candidates.empty())
      return CC_REFRESH_BEEP;
    auto text = escape_word(common_prefix(found.candidates));
    auto single = found.candidates.size() == 1;
    if (single && !text.ends_with('/'))
      text += ' ';
    if (before.substr(found.begin) != text && text.size() > 0
        && (single || text.size() > escape_word(found.word).size())) {
      auto typed = width(std::string_view(before).substr(found.begin));
      el_deletestr(edit, static_cast<int>(typed));
      el_insertstr(edit, text.c_str());
      return CC_REFRESH;
    }
    print_candidates(found.candidates, look.columns);
    return CC_REDISPLAY;
  }
};

line_editor::line_editor(name_source source, style look)
  : state_(std::make_unique<state>()) {
  auto& s = *state_;
  s.source = std::move(source);
  s.look = look;
  s.edit = el_init("lepton", stdin, stdout, stderr);
  s.history = history_init();
  HistEvent event{};
  history(s.history, &event, H_SETSIZE, history_size);
  history(s.history, &event, H_SETUNIQUE, 1);
  el_set(s.edit, EL_CLIENTDATA, &s);
  // \1 brackets what takes no room: the colours
  el_set(s.edit, EL_PROMPT_ESC, &state::show_prompt, '\1');
  el_set(s.edit, EL_EDITOR, "emacs");
  el_set(s.edit, EL_HIST, ::history, s.history);
  // libedit handles the window's size and ^Z; ^C comes to our own handler too
  el_set(s.edit, EL_SIGNAL, 1);
  el_set(s.edit, EL_ADDFN, "lepton-complete", "complete the word",
         &state::on_tab);
  el_set(s.edit, EL_BIND, "^I", "lepton-complete", nullptr);
  el_set(s.edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(s.edit, nullptr); // ~/.editrc
  s.file = history_path();
  if (prepare(s.file))
    history(s.history, &event, H_LOAD, s.file.c_str());
  else
    s.file.clear();
}

line_editor::~line_editor() {
  history_end(state_->history);
  el_end(state_->edit);
}

line_editor::outcome line_editor::read(const std::string& prompt,
                                       std::string& line) {
  auto& s = *state_;
  s.prompt = prompt;
  clear_interrupt();
  // el_gets shows the prompt first: keys pressed between the two would go
  // through the terminal's own editing, where ^R and others mean something
  // else.
  el_set(s.edit, EL_PREP_TERM, 1);
  int count = 0;
  auto text = el_gets(s.edit, &count);
  if (interrupt_pending()) {
    clear_interrupt();
    el_reset(s.edit);
    return outcome::cancelled;
  }
  if (text == nullptr || count <= 0)
    return outcome::end;
  line.assign(text, static_cast<size_t>(count));
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.pop_back();
  return outcome::line;
}

void line_editor::remember(const std::string& line) {
  auto& s = *state_;
  HistEvent event{};
  history(s.history, &event, H_ENTER, line.c_str());
  if (!s.file.empty())
    history(s.history, &event, H_SAVE, s.file.c_str());
}

std::string history_path() {
  auto state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/')
    return std::string(state) + "/lepton/history";
  auto home = std::getenv("HOME");
  if (home == nullptr || *home == '\0')
    return {};
  return std::string(home) + "/.local/state/lepton/history";
}

} // namespace lepton_shell
