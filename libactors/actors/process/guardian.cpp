#include <actors/process/guardian.hpp>
#include <actors/process/pidfd.hpp>

#include <array>
#include <csignal>
#include <sys/socket.h>
#include <sys/wait.h>

namespace actors {

namespace {

/// Its descriptor 3 ends when we do. A shell, since it must not share our
/// memory (a fork would keep a copy of all that we change) and needs no
/// program of ours to be installed.
constexpr auto script = R"(exec </dev/null >/dev/null 2>&1
trap '' HUP INT QUIT TERM
g=' ' c=' '
while read -r what x <&3; do
  case $what in
  +) g="$g$x " ;;
  -) case $g in *" $x "*) g="${g%%" $x "*} ${g#*" $x "}" ;; esac ;;
  c) c="$c$x " ;;
  d) case $c in *" $x "*) c="${c%%" $x "*} ${c#*" $x "}" ;; esac ;;
  esac
done
for x in $g; do kill -s KILL -- "-$x"; done
for x in $c; do echo 1 >"$x/cgroup.kill"; done
for i in 1 2 3 4 5 6 7 8 9; do
  left=' '
  for x in $c; do rmdir "$x" || left="$left$x "; done
  [ "$left" = ' ' ] && exit
  c=$left
  sleep 0.1
done)";

} // namespace

guardian::~guardian() {
  if (!link_)
    return;
  // Nobody is left to guard, and a stopped shell must not hold us up.
  ::pidfd_send_signal(os_.pidfd.get(), SIGKILL, nullptr, 0);
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(os_.pidfd.get()), &info, WEXITED);
}

void guardian::start(const std::vector<std::string>& environment) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    return;
  unique_fd ours{fds[0]};
  process_spec spec;
  spec.executable = "/bin/sh";
  spec.argv = {"sh", "-c", script};
  spec.directory = "/";
  spec.descriptors.emplace_back(3, unique_fd{fds[1]});
  spec.limits.nice = std::nullopt;
  spawn_failure why;
  fork_options how;
  how.outlives_us = true;
  if (!fork_exec(spec, environment, how, os_, why))
    return;
  os_.output.reset(); // it goes to /dev/null
  os_.error.reset();  // if there is no shell, it ends
  link_ = std::move(ours);
}

void guardian::ended() {
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(os_.pidfd.get()), &info, WEXITED);
  link_.reset();
  os_ = {};
}

void guardian::add_group(pid_t pid) {
  say("+ " + std::to_string(pid) + "\n");
}

void guardian::remove_group(pid_t pid) {
  say("- " + std::to_string(pid) + "\n");
}

void guardian::add_cgroup(const std::string& directory) {
  if (directory.find_first_of(" \t\n*?[") == std::string::npos)
    say("c " + directory + "\n");
}

void guardian::remove_cgroup(const std::string& directory) {
  say("d " + directory + "\n");
}

/// Must be heard or the guardian go: with an old list it would harm.
void guardian::say(const std::string& line) {
  if (!link_)
    return;
  auto n =
    ::send(link_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n != static_cast<ssize_t>(line.size()))
    ::pidfd_send_signal(os_.pidfd.get(), SIGKILL, nullptr, 0);
}

void guardian::announce(int link, pid_t self) {
  std::array<char, 16> text;
  auto i = text.size();
  text[--i] = '\n';
  for (auto x = self; x > 0; x /= 10)
    text[--i] = static_cast<char>('0' + x % 10);
  text[--i] = ' ';
  text[--i] = '+';
  ::send(link, text.data() + i, text.size() - i, MSG_NOSIGNAL);
}

} // namespace actors
