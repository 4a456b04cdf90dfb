#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <ostream>

namespace lepton_shell {

namespace {

constexpr int deepest = 64; // of a tree that a person may want to see

void line(context& c, std::string_view name, const std::string& value) {
  c.out << "  " << c.look.paint(tone::dim, pad_right(name, 9)) << ' ' << value
        << '\n';
}

int status(context& c, const arguments&) {
  auto s = c.api.get("/status");
  if (c.wants_json()) {
    c.print(s);
    return done;
  }
  auto ready = member(s, "ready") == json(true);
  auto show = [](const json& from, const char* name) {
    return printable(text_of(from, name));
  };
  c.out << c.look.paint(tone::accent, show(s, "node")) << "  "
        << c.look.paint(ready ? tone::good : tone::bad,
                        ready ? "ready" : "not ready")
        << "  lepton " << show(s, "version") << ", up "
        << span_text(number_of(s, "uptime_s")) << '\n';
  auto& cluster = member(s, "cluster");
  auto leader = show(cluster, "leader");
  line(c, "cluster",
       show(cluster, "name") + ": " + show(cluster, "alive") + " of "
         + show(cluster, "members") + " alive, "
         + (leader.empty() ? "no leader" : "leader " + leader));
  line(c, "roles", printable(joined(member(s, "roles"))));
  auto& jobs = member(s, "jobs");
  line(c, "jobs",
       show(jobs, "running") + " running, " + show(jobs, "succeeded")
         + " succeeded, " + show(jobs, "failed") + " failed");
  line(c, "restarts", show(s, "restarts"));
  return done;
}

int nodes(context& c, const arguments& args) {
  auto list = c.api.get("/nodes");
  if (c.wants_json()) {
    c.print(list);
    return done;
  }
  table t({"node", "state", ">incarnation", "address", ">phi", "roles"});
  for (auto& n : list) {
    auto state = text_of(n, "state");
    t.add({{text_of(n, "name"), tone::accent},
           {state, tone_of_state(state)},
           count_of(n, "incarnation"),
           text_of(n, "address"),
           figure(number_of(n, "phi"), 3),
           joined(member(n, "roles"))});
  }
  t.print(c.out, c.look, "no nodes");
  if (!args.has("--why"))
    return done;
  for (auto& n : list) {
    c.out << '\n' << printable(text_of(n, "name")) << '\n';
    for (auto& reason : texts_of(member(n, "why")))
      c.out << "  " << printable(reason) << '\n';
  }
  return done;
}

std::string last_part(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string restarts_text(const json& node) {
  auto count = count_of(node, "restarts");
  return count == "0" ? "" : count;
}

/// `running`, or with what hangs behind it: `running, 2 lost`.
std::string state_text(const json& node) {
  auto lost = count_of(node, "lost");
  return text_of(node, "state") + (lost.empty() ? "" : ", " + lost + " lost");
}

/// Adds a node and what is below it; `lead` is drawn before its children.
void add_branch(table& t,
                const json& node,
                const std::string& mark,
                const std::string& lead,
                int depth) {
  auto path = text_of(node, "path");
  auto supervises = text_of(node, "kind") == "supervisor";
  auto state = text_of(node, "state");
  auto name = depth == 0 ? path : last_part(path);
  t.add({{mark + name, supervises ? tone::strong : tone::plain},
         {state_text(node), tone_of_state(state)},
         text_of(node, "carrier"),
         {restarts_text(node), tone::warning},
         count_of(node, "pid"),
         {text_of(node, "strategy"), tone::dim}});
  auto& children = member(node, "children");
  if (!children.is_array() || depth == deepest)
    return;
  for (size_t i = 0; i < children.size(); ++i) {
    auto last = i + 1 == children.size();
    add_branch(t, children[i], lead + (last ? "└── " : "├── "),
               lead + (last ? "    " : "│   "), depth + 1);
  }
}

query_list path_query(const arguments& args) {
  if (args.words.empty())
    return {};
  return {{"path", args.words[0]}};
}

int tree(context& c, const arguments& args) {
  auto root = c.api.get("/tree", path_query(args));
  if (c.wants_json()) {
    c.print(root);
    return done;
  }
  table t({"actor", "state", "carrier", ">restarts", ">pid", "strategy"});
  add_branch(t, root, "", "", 0);
  t.print(c.out, c.look, "nothing");
  return done;
}

int ps(context& c, const arguments& args) {
  auto list = c.api.get("/ps", path_query(args));
  if (c.wants_json()) {
    c.print(list);
    return done;
  }
  table t({"path", "state", "kind", "carrier", ">inc", ">restarts", ">mailbox",
           ">pid", ">up", "last exit"});
  t.cut_last();
  for (auto& a : list) {
    auto state = text_of(a, "state");
    t.add({text_of(a, "path"),
           {state_text(a), tone_of_state(state)},
           text_of(a, "kind"),
           text_of(a, "carrier"),
           count_of(a, "incarnation"),
           {restarts_text(a), tone::warning},
           count_of(a, "mailbox"),
           count_of(a, "pid"),
           span_text(number_of(a, "uptime_s")),
           {text_of(a, "last_exit"), tone::dim}});
  }
  t.print(c.out, c.look, "no actors");
  return done;
}

} // namespace

std::vector<command> node_commands() {
  constexpr auto group = "The system";
  return {
    {.name = "status",
     .group = group,
     .usage = "",
     .summary = "health of the node at a glance",
     .details = "Example: lepton status -o json | jq .ready\n",
     .run = status},
    {.name = "nodes",
     .group = group,
     .usage = "[--why]",
     .summary = "members of the cluster, and how sure we are of them",
     .options = {{"--why", "", "show what the verdict rests on"}},
     .run = nodes},
    {.name = "tree",
     .group = group,
     .usage = "[PATH]",
     .summary = "the supervision tree, or a part of it",
     .details = "Example: lepton tree compute\n",
     .most = 1,
     .hints = {hint::actor},
     .run = tree},
    {.name = "ps",
     .group = group,
     .usage = "[PATH]",
     .summary = "actors with state, restarts, mailbox and process",
     .details = "Example: lepton ps compute/workers -o json | jq '.[].pid'\n",
     .most = 1,
     .hints = {hint::actor},
     .run = ps},
  };
}

} // namespace lepton_shell
