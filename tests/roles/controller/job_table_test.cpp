#include <roles/controller/job_table.hpp>
#include <roles/controller/sqlite_meta_store.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <sstream>

#include "tests/roles/killed_child.hpp"
#include "tests/roles/temp_dir.hpp"

using namespace roles;
using nlohmann::json;

namespace {

std::unique_ptr<meta_store> open_at(const std::filesystem::path& directory) {
  sqlite_meta_options options;
  options.directory = directory;
  return open_sqlite_meta_store(options);
}

job_spec spec(std::string name = "digits") {
  return {"mlp",
          std::move(name),
          {{"path", "d.csv"}, {"blob", "dd"}, {"labels", {{"blob", "ll"}}}},
          {{"seed", 7}},
          ""};
}

job_result result(std::string weights = "w1") {
  return {{{"accuracy", 0.97}},
          std::move(weights),
          "model-blob",
          1234,
          64,
          {"0", "1"}};
}

struct fixture {
  roles_test::temp_dir dir;
  std::unique_ptr<meta_store> store = open_at(dir.path());
  std::unique_ptr<job_table> jobs = std::make_unique<job_table>(*store);

  void reopen() {
    jobs.reset();
    store.reset();
    store = open_at(dir.path());
    jobs = std::make_unique<job_table>(*store);
  }

  std::string running(std::string name = "digits") {
    auto id = jobs->create(spec(std::move(name)), 10, 100, 1).id;
    jobs->start(id, 2);
    return id;
  }

  std::string finished() {
    auto id = running();
    jobs->finish(id, result(), 3);
    return id;
  }

  template <class F>
  bool refused(job_errc code, F f) {
    try {
      f();
    } catch (const job_error& e) {
      BOOST_TEST_MESSAGE(e.what());
      return e.code() == code;
    }
    return false;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(job_table_steps, fixture)

BOOST_AUTO_TEST_CASE(ids_are_short_count_up_and_go_on_after_reopening) {
  BOOST_TEST(jobs->create(spec(), 1, 1, 1).id == "j-000001");
  BOOST_TEST(jobs->create(spec(), 1, 1, 1).id == "j-000002");
  reopen();
  BOOST_TEST(jobs->create(spec(), 1, 1, 1).id == "j-000003");
  BOOST_TEST(jobs->list().size() == 3u);
  BOOST_TEST(jobs->list()[2].id == "j-000003");
}

BOOST_AUTO_TEST_CASE(a_life_from_queue_to_model_survives_reopening) {
  auto id = jobs->create(spec(), 10, 100, 5).id;
  BOOST_CHECK(jobs->get(id).state == job_state::queued);
  jobs->start(id, 6);
  jobs->progress(id, {1, 10, {{1, 0.5, 0.6, 0.9}}, json{{"loss", 0.5}}});
  jobs->checkpoint(id, {"ck", 10, 1});
  jobs->finish(id, result(), 9);
  auto before = to_json(jobs->get(id));
  reopen();
  BOOST_TEST(to_json(jobs->get(id)).dump() == before.dump());
  auto job = jobs->get(id);
  BOOST_CHECK(job.state == job_state::succeeded);
  BOOST_TEST(job.model == "digits");
  BOOST_TEST(job.version == 1);
  BOOST_TEST(job.weights_sha256 == "w1");
  BOOST_TEST(job.history.size() == 1u);
  BOOST_TEST(!job.checkpoint);
  BOOST_TEST(job.created_ms == 5);
  BOOST_TEST(job.finished_ms == 9);
}

BOOST_AUTO_TEST_CASE(the_record_has_the_fields_that_scripts_rely_on) {
  auto id = running();
  jobs->fail(id, "d.csv:3: column 2 'x' is not a number", 4);
  auto j = to_json(jobs->get(id));
  for (auto* field : {"id", "kind", "state", "epoch", "epochs", "step", "steps",
                      "metrics", "weights_sha256", "model", "version",
                      "restarts", "error", "revision", "history"})
    BOOST_TEST(j.contains(field), field);
  BOOST_TEST(j["state"] == "failed");
  BOOST_TEST(!to_json(jobs->get(running())).contains("error"));
}

BOOST_AUTO_TEST_CASE(every_step_moves_the_revision_on) {
  auto id = jobs->create(spec(), 10, 100, 1).id;
  auto last = jobs->get(id).revision;
  auto grown = [&] {
    auto now = jobs->get(id).revision;
    return std::exchange(last, now) < now;
  };
  jobs->start(id, 2);
  BOOST_TEST(grown());
  jobs->progress(id, {0, 1, {}, {}});
  BOOST_TEST(grown());
  jobs->checkpoint(id, {"c", 1, 0});
  BOOST_TEST(grown());
  jobs->worker_died(id);
  BOOST_TEST(grown());
  jobs->progress(id, {0, 2, {}, {}});
  BOOST_TEST(grown());
  reopen();
  jobs->recover(); // what progress gave out was not kept
  BOOST_TEST(grown());
  jobs->requeue(id);
  BOOST_TEST(grown());
  jobs->cancel(id, 3);
  BOOST_TEST(grown());
}

BOOST_AUTO_TEST_CASE(only_the_steps_that_make_sense_are_allowed) {
  using step = std::function<void(const std::string&)>;
  const std::vector<std::pair<const char*, step>> steps{
    {"start", [&](auto& id) { jobs->start(id, 1); }},
    {"requeue", [&](auto& id) { jobs->requeue(id); }},
    {"progress",
     [&](auto& id) {
       jobs->progress(id, {1, 1, {}, {}});
     }},
    {"checkpoint",
     [&](auto& id) {
       jobs->checkpoint(id, {"c", 1, 1});
     }},
    {"worker_died", [&](auto& id) { jobs->worker_died(id); }},
    {"finish", [&](auto& id) { jobs->finish(id, result(), 1); }},
    {"fail", [&](auto& id) { jobs->fail(id, "x", 1); }},
    {"cancel", [&](auto& id) { jobs->cancel(id, 1); }}};
  auto make = [&](job_state state) {
    auto id = jobs->create(spec(), 10, 100, 1).id;
    if (state == job_state::cancelled)
      jobs->cancel(id, 1);
    else if (state != job_state::queued)
      jobs->start(id, 1);
    if (state == job_state::succeeded)
      jobs->finish(id, result(), 1);
    if (state == job_state::failed)
      jobs->fail(id, "x", 1);
    return id;
  };
  auto allowed = [](job_state state, std::string_view name) {
    if (state == job_state::queued)
      return name == "start" || name == "fail" || name == "cancel";
    return state == job_state::running && name != "start";
  };
  for (auto state :
       {job_state::queued, job_state::running, job_state::succeeded,
        job_state::failed, job_state::cancelled})
    for (auto& [name, run] : steps) {
      auto id = make(state);
      auto before = to_json(jobs->get(id));
      auto no = refused(job_errc::illegal, [&] { run(id); });
      BOOST_TEST(no != allowed(state, name), to_string(state) << " " << name);
      BOOST_TEST((to_json(jobs->get(id)) == before) == no, to_string(state)
                                                             << " " << name);
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_job_is_not_found) {
  BOOST_TEST(refused(job_errc::not_found, [&] { jobs->get("j-9"); }));
  BOOST_TEST(refused(job_errc::not_found, [&] { jobs->start("j-9", 1); }));
}

BOOST_AUTO_TEST_CASE(a_bad_specification_records_nothing) {
  auto create = [&](job_spec s) {
    return refused(job_errc::invalid,
                   [&] { jobs->create(std::move(s), 1, 1, 1); });
  };
  BOOST_TEST(create(spec("../x")));
  BOOST_TEST(create(spec("x@3")));
  auto large = spec();
  large.params["x"] = std::string(70'000, 'x');
  BOOST_TEST(create(large));
  auto kindless = spec();
  kindless.kind = "";
  BOOST_TEST(create(kindless));
  BOOST_TEST(jobs->list().empty());
  BOOST_TEST(store->revision() == 0);
}

BOOST_AUTO_TEST_CASE(a_fence_that_fell_stops_every_write) {
  auto lead = store->campaign("controller", "me", store->grant(1000));
  BOOST_REQUIRE(lead);
  job_table mine(*store, lead->fence());
  auto id = mine.create(spec(), 1, 1, 1).id;
  store->resign(*lead);
  BOOST_TEST(refused(job_errc::conflict, [&] { mine.start(id, 1); }));
  BOOST_CHECK(mine.get(id).state == job_state::queued);
  BOOST_TEST(
    refused(job_errc::conflict, [&] { mine.create(spec(), 1, 1, 1); }));
}

BOOST_AUTO_TEST_CASE(a_record_changed_by_another_table_is_not_overwritten) {
  auto id = jobs->create(spec(), 1, 1, 1).id;
  job_table other(*store);
  other.cancel(id, 1);
  BOOST_TEST(refused(job_errc::conflict, [&] { jobs->start(id, 1); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(job_table_recovery, fixture)

BOOST_AUTO_TEST_CASE(a_running_job_goes_on_from_its_checkpoint) {
  auto id = running();
  jobs->progress(id, {2, 20, {{1, .9, {}, {}}, {2, .8, {}, {}}}, {}});
  jobs->checkpoint(id, {"ck", 15, 1});
  jobs->progress(id, {3, 30, {{3, .7, {}, {}}}, {}});
  jobs->worker_died(id);
  reopen();
  BOOST_TEST(jobs->get(id).step == 30); // a durable step takes progress along
  BOOST_TEST(jobs->recover().size() == 1u);
  auto job = jobs->get(id);
  BOOST_CHECK(job.state == job_state::running);
  BOOST_TEST(job.step == 15);
  BOOST_TEST(job.epoch == 1);
  BOOST_TEST(job.history.size() == 1u);
  BOOST_TEST(job.checkpoint->blob == "ck");
  BOOST_TEST(job.restarts == 2);
}

BOOST_AUTO_TEST_CASE(without_a_checkpoint_it_starts_over) {
  auto id = running();
  jobs->progress(id, {2, 20, {{1, .9, {}, {}}}, {}});
  reopen();
  jobs->recover();
  BOOST_TEST(jobs->get(id).step == 0);
  BOOST_TEST(jobs->get(id).history.empty());
}

BOOST_AUTO_TEST_CASE(a_clean_shutdown_is_no_death) {
  auto id = running();
  jobs->checkpoint(id, {"ck", 15, 1});
  jobs->requeue(id);
  reopen();
  BOOST_TEST(jobs->recover().empty());
  jobs->start(id, 99);
  BOOST_TEST(jobs->get(id).restarts == 0);
  BOOST_TEST(jobs->get(id).started_ms == 2);
  BOOST_TEST(jobs->get(id).checkpoint->step == 15);
}

BOOST_AUTO_TEST_CASE(progress_alone_writes_nothing) {
  auto id = running();
  auto before = store->revision();
  for (int i = 0; i < 100; ++i)
    jobs->progress(id, {0, i, {}, {}});
  BOOST_TEST(store->revision() == before);
}

BOOST_AUTO_TEST_CASE(a_point_told_twice_is_one_point) {
  auto id = running();
  for (double loss : {0.9, 0.8})
    jobs->progress(id, {1, 10, {{1, loss, {}, {}}}, {}});
  BOOST_TEST(jobs->get(id).history.size() == 1u);
  BOOST_TEST(jobs->get(id).history[0].loss == 0.8);
}

BOOST_AUTO_TEST_CASE(a_long_curve_is_thinned_and_keeps_its_ends) {
  auto id = running();
  for (int64_t e = 1; e <= 10'000; ++e)
    jobs->progress(id, {e, e, {{e, 1.0 / double(e), {}, {}}}, {}});
  auto history = jobs->get(id).history;
  BOOST_TEST(history.size() <= max_history);
  BOOST_TEST(history.size() > max_history / 4);
  BOOST_TEST(history.front().epoch == 1);
  BOOST_TEST(history.back().epoch == 10'000);
  BOOST_CHECK_NO_THROW(jobs->checkpoint(id, {"c", 1, 1}));
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_survives_as_nothing) {
  auto id = running();
  auto inf = std::numeric_limits<double>::infinity();
  jobs->progress(id, {1, 1, {{1, inf, inf, {}}}, json{{"loss", inf}}});
  jobs->checkpoint(id, {"c", 1, 1});
  reopen();
  BOOST_TEST(std::isnan(jobs->get(id).history[0].loss));
  BOOST_TEST(jobs->get(id).metrics["loss"].is_null());
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_refused_by_name_and_field) {
  auto id = running();
  auto good = to_json(jobs->get(id));
  auto refuse = [&](json bad, const char* field) {
    store->apply({{}, {{"jobs/" + id, bad.dump()}}, {}});
    try {
      job_table{*store};
    } catch (const job_error& e) {
      return e.code() == job_errc::corrupt
             && std::string(e.what()).find(field) != std::string::npos
             && std::string(e.what()).find("jobs/" + id) != std::string::npos;
    }
    return false;
  };
  for (auto& [field, value] : good.items()) {
    auto bad = good;
    bad.erase(field);
    BOOST_TEST(refuse(bad, field.c_str()), field);
    bad[field] = value.is_boolean() ? json(1) : json(true);
    BOOST_TEST(refuse(bad, field.c_str()), field);
  }
  auto more = good;
  more["surprise"] = 1;
  BOOST_TEST(refuse(more, "surprise"));
  more = good;
  more["state"] = "sleeping";
  BOOST_TEST(refuse(more, "state"));
  more = good;
  more["step"] = -1;
  BOOST_TEST(refuse(more, "step"));
}

BOOST_AUTO_TEST_CASE(acknowledged_steps_survive_kill_9) {
  constexpr unsigned seed = 99;
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  jobs.reset();
  store.reset();
  size_t finished_jobs = 0;
  for (int round = 0; round < 10; ++round) {
    auto text = roles_test::run_and_kill(
      [&](int fd) {
        auto db = open_at(dir.path());
        job_table table(*db);
        table.recover();
        for (;;) {
          auto id = table.create(spec(), 10, 100, 1).id;
          roles_test::acknowledge(fd, "queued " + id);
          table.start(id, 1);
          table.worker_died(id);
          table.checkpoint(id, {"c", 1, 1});
          table.finish(id, result(), 1);
          roles_test::acknowledge(fd, "succeeded " + id);
        }
      },
      random() % 40, random() % 4000);
    auto db = open_at(dir.path());
    job_table table(*db);
    std::istringstream lines(text);
    for (std::string state, id; lines >> state >> id;) {
      BOOST_REQUIRE_NO_THROW(table.get(id));
      if (state != "succeeded")
        continue;
      ++finished_jobs;
      auto job = table.get(id);
      BOOST_CHECK(job.state == job_state::succeeded);
      auto model = table.model("digits@" + std::to_string(job.version));
      BOOST_TEST(model.job == id);
    }
    // a model and the end of its job are one transaction
    BOOST_TEST((db->range("models/").records.size())
               == table.count(job_state::succeeded));
  }
  BOOST_TEST(finished_jobs > 50u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(job_table_models, fixture)

BOOST_AUTO_TEST_CASE(finishing_publishes_the_next_version) {
  auto first = finished();
  auto second = finished();
  BOOST_TEST(jobs->get(second).version == 2);
  auto newest = jobs->model("digits");
  BOOST_TEST(newest.version == 2);
  BOOST_TEST(newest.job == second);
  BOOST_TEST(newest.blob == "model-blob");
  BOOST_TEST(newest.bytes == 1234u);
  BOOST_TEST(newest.inputs == 64);
  BOOST_TEST(newest.classes.size() == 2u);
  BOOST_TEST(jobs->model("digits@1").job == first);
  BOOST_TEST(jobs->models().size() == 1u);
  BOOST_TEST(jobs->model_versions("digits").size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_job_without_a_name_names_its_model_by_its_id) {
  auto id = running("");
  jobs->finish(id, result(), 1);
  BOOST_TEST(jobs->model(id).job == id);
}

BOOST_AUTO_TEST_CASE(unknown_and_malformed_models_are_refused) {
  finished();
  BOOST_TEST(refused(job_errc::not_found, [&] { jobs->model("nope"); }));
  BOOST_TEST(refused(job_errc::not_found, [&] { jobs->model("digits@2"); }));
  BOOST_TEST(refused(job_errc::invalid, [&] { jobs->model("digits@x"); }));
  BOOST_TEST(
    refused(job_errc::not_found, [&] { jobs->model_versions("nope"); }));
}

BOOST_AUTO_TEST_CASE(a_replay_gets_a_verdict_and_publishes_nothing) {
  auto original = finished();
  for (auto& [weights, equal] :
       std::vector<std::pair<std::string, bool>>{{"w1", true}, {"w2", false}}) {
    auto id = jobs->create_verification(original, 1).id;
    BOOST_TEST(jobs->get(id).spec.params == spec().params);
    jobs->start(id, 1);
    jobs->finish(id, result(weights), 2);
    BOOST_REQUIRE(jobs->get(id).verify);
    BOOST_TEST(jobs->get(id).verify->expected == "w1");
    BOOST_TEST(jobs->get(id).verify->equal == equal);
  }
  BOOST_TEST(jobs->model_versions("digits").size() == 1u);
  reopen();
  BOOST_TEST(to_json(jobs->list().back())["verify"]["equal"] == false);
  auto unfinished = running();
  BOOST_TEST(refused(job_errc::illegal,
                     [&] { jobs->create_verification(unfinished, 1); }));
}

BOOST_AUTO_TEST_CASE(blobs_are_those_of_data_checkpoints_and_models) {
  auto id = running();
  jobs->checkpoint(id, {"ck1", 1, 1});
  jobs->checkpoint(id, {"ck2", 2, 1});
  BOOST_TEST(
    (blobs_of_jobs(*store) == std::set<std::string>{"dd", "ll", "ck2"}));
  jobs->finish(id, result(), 1);
  BOOST_TEST(
    (blobs_of_jobs(*store) == std::set<std::string>{"dd", "ll", "model-blob"}));
}

BOOST_AUTO_TEST_CASE(metrics_too_large_for_a_record_lose_their_largest_part) {
  auto id = running();
  auto r = result();
  r.metrics["confusion"] = std::vector<int>(400'000, 7);
  jobs->finish(id, r, 1);
  auto metrics = jobs->model("digits").metrics;
  BOOST_TEST(metrics["accuracy"] == 0.97);
  BOOST_TEST(!metrics.contains("confusion"));
  BOOST_TEST(metrics["omitted"][0] == "confusion");
}

BOOST_AUTO_TEST_CASE(metrics_that_could_not_be_read_again_are_refused) {
  auto id = running();
  for (json bad : {json{}, json::array({"data", 1}), json{7}}) {
    BOOST_TEST(refused(job_errc::invalid, [&] {
      jobs->progress(id, {1, 10, {}, bad});
    }));
    auto r = result();
    r.metrics = bad;
    BOOST_TEST(refused(job_errc::invalid, [&] { jobs->finish(id, r, 1); }));
  }
  reopen();
  BOOST_CHECK(jobs->get(id).state == job_state::running);
}

BOOST_AUTO_TEST_CASE(jobs_are_counted_by_state) {
  finished();
  running();
  BOOST_TEST(jobs->count(job_state::succeeded) == 1u);
  BOOST_TEST(jobs->count(job_state::running) == 1u);
  BOOST_TEST(jobs->count(job_state::failed) == 0u);
}

BOOST_AUTO_TEST_CASE(of_those_that_are_over_the_first_ended_go_and_no_model) {
  jobs = std::make_unique<job_table>(*store, std::nullopt, 2);
  auto slow = running("slow"); // the oldest, but it ends last
  auto first = finished();
  auto second = finished();
  auto waiting = jobs->create(spec(), 1, 1, 1).id;
  jobs->fail(slow, "at last", 9);
  auto kept = [&](const std::string& id) {
    return !refused(job_errc::not_found, [&] { jobs->get(id); });
  };
  BOOST_TEST(!kept(first));
  BOOST_TEST(kept(second));
  BOOST_TEST(kept(slow));
  BOOST_TEST(kept(waiting));
  reopen();
  BOOST_TEST(jobs->list().size() == 3u);
  BOOST_TEST(jobs->model_versions("digits").size() == 2u);
  BOOST_TEST(jobs->create(spec(), 1, 1, 1).id == "j-000005");
}

BOOST_AUTO_TEST_CASE(a_smaller_limit_counts_from_the_next_start) {
  for (int i = 0; i < 5; ++i)
    finished();
  auto unfinished = running();
  jobs = std::make_unique<job_table>(*store, std::nullopt, 2);
  BOOST_TEST(jobs->recover() == std::vector{unfinished});
  std::vector<std::string> left;
  for (auto& x : jobs->list())
    left.push_back(x.id);
  BOOST_TEST(left
             == (std::vector<std::string>{"j-000004", "j-000005", "j-000006"}));
}

BOOST_AUTO_TEST_CASE(one_that_is_being_replayed_stays) {
  jobs = std::make_unique<job_table>(*store, std::nullopt, 1);
  auto original = finished();
  auto replay = jobs->create_verification(original, 1).id;
  finished();
  jobs->start(replay, 5);
  jobs->finish(replay, result(), 6);
  BOOST_TEST(jobs->get(replay).verify->equal);
  finished();
  BOOST_TEST(refused(job_errc::not_found, [&] { jobs->get(original); }));
}

BOOST_AUTO_TEST_CASE(a_job_that_is_over_keeps_its_curve_on_disk_only) {
  auto id = running();
  jobs->progress(id, {1, 10, {{1, 0.5, {}, {}}}, {}});
  BOOST_TEST(jobs->get(id).history.size() == 1u);
  BOOST_TEST(jobs->finish(id, result(), 3).history.size() == 1u);
  for (int life = 0; life < 2; ++life) {
    BOOST_TEST(jobs->get(id).history.size() == 1u);
    BOOST_TEST(jobs->list()[0].history.empty());
    reopen();
  }
}

BOOST_AUTO_TEST_SUITE_END()
