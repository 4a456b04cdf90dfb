#include <models/parallel/checkpoint.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <tests/models/parallel/small_run.hpp>

using namespace models;
using namespace parallel_test;

namespace {

/// One life of a trainer: at most `spans` of them, then its checkpoint.
checkpoint live(const training_config& config,
                const data& d,
                const checkpoint* from,
                int spans) {
  block_memory memory(training_block::bytes(config, d.counts));
  training_loop loop(memory.bytes(), config, d.set(), from);
  step_worker worker(memory.bytes(), 7);
  while (spans-- > 0 && loop.next_span()) {
    compute(loop, worker);
    loop.span_done();
  }
  return loop.save();
}

/// Through storage and back.
checkpoint stored(const checkpoint& c) {
  return unpack(pack(c));
}

} // namespace

BOOST_AUTO_TEST_SUITE(checkpoints)

BOOST_AUTO_TEST_CASE(survive_packing_with_every_bit) {
  data d(small_rows);
  auto c = live(small_config(), d, nullptr, 5);
  BOOST_TEST(c.step_losses.size() == 5u); // in the middle of an epoch
  BOOST_TEST((stored(c) == c));
}

BOOST_AUTO_TEST_CASE(a_training_stopped_at_any_span_ends_in_the_same_bits) {
  data d(small_rows);
  auto config = small_config();
  auto whole = live(config, d, nullptr, 1000);
  for (int stop = 1; stop < 20; ++stop) {
    auto c = stored(live(config, d, nullptr, stop));
    BOOST_TEST((live(config, d, &c, 1000) == whole));
  }
}

BOOST_AUTO_TEST_CASE(a_training_stopped_at_every_span_ends_in_the_same_bits) {
  data d(small_rows);
  for (uint32_t patience : {0u, 2u}) {
    auto config = small_config();
    config.patience = patience;
    config.opt.rate = 0.05f;
    auto whole = live(config, d, nullptr, 1000);
    auto c = live(config, d, nullptr, 0);
    for (int spans = 0; spans < 60; ++spans)
      c = stored(live(config, d, &c, 1));
    BOOST_TEST((c == whole));
  }
}

BOOST_AUTO_TEST_CASE(a_span_that_is_cut_anywhere_goes_on_to_the_same_bits) {
  using namespace std::chrono_literals;
  data d(small_rows);
  auto config = small_config();
  config.checkpoint_every = 0; // spans are whole epochs
  auto whole = live(config, d, nullptr, 1000);
  for (uint64_t tasks = 0; tasks < 150; tasks += 7) {
    block_memory memory(training_block::bytes(config, d.counts));
    training_loop loop(memory.bytes(), config, d.set());
    step_worker worker(memory.bytes(), 7);
    loop.next_span();
    while (worker.tasks() < tasks && !loop.reached())
      worker.run(0ns, wait_policy::none()); // a task or so
    auto before = loop.progress().total;
    loop.cut();
    compute(loop, worker);
    loop.span_done();
    auto c = loop.save();
    BOOST_TEST(c.step >= before);
    BOOST_TEST(c.step <= before + 2);
    c = stored(c);
    BOOST_TEST((live(config, d, &c, 1000) == whole));
  }
}

BOOST_AUTO_TEST_CASE(a_cut_that_a_worker_does_not_see_leaves_no_checkpoint) {
  data d(small_rows);
  auto config = small_config();
  config.checkpoint_every = 0;
  block_memory memory(training_block::bytes(config, d.counts));
  training_loop loop(memory.bytes(), config, d.set());
  step_worker worker(memory.bytes(), 7);
  loop.next_span();
  compute(loop, worker); // as one that read the target before: to the old end
  loop.span_done();
  loop.next_span();
  loop.cut();
  auto block = training_block::attach(memory.bytes());
  block.words().phase.fetch_add(5); // beyond the cut
  BOOST_CHECK_THROW(loop.span_done(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(the_last_one_of_a_training_has_no_span_left) {
  data d(small_rows);
  auto config = small_config();
  config.checkpoint_every = 42; // the last step
  auto whole = live(config, d, nullptr, 1000);
  BOOST_TEST(whole.step == 42u);
  block_memory memory(training_block::bytes(config, d.counts));
  training_loop loop(memory.bytes(), config, d.set(), &whole);
  BOOST_TEST(!loop.next_span());
  BOOST_TEST((loop.save() == whole));
}

BOOST_AUTO_TEST_CASE(momentum_schedules_and_statistics_go_on_as_they_were) {
  data d(small_rows);
  auto config = small_config();
  config.net.norm = true;
  config.opt.rule = optimizer::nesterov;
  config.opt.rate = 0.2f;
  config.schedule = {schedule::plateau, 1, 0.5f, 0, 4};
  config.clip_norm = 1;
  auto whole = live(config, d, nullptr, 1000);
  BOOST_TEST(whole.stop.without > 0u); // the rate has been lowered
  for (int stop = 1; stop < 20; ++stop) {
    auto c = stored(live(config, d, nullptr, stop));
    BOOST_TEST((live(config, d, &c, 1000) == whole));
  }
}

BOOST_AUTO_TEST_CASE(how_often_one_is_taken_does_not_change_the_result) {
  data d(small_rows);
  auto config = small_config();
  auto three = live(config, d, nullptr, 1000);
  for (uint64_t every : {0, 1, 7, 1000}) {
    config.checkpoint_every = every;
    BOOST_TEST((live(config, d, nullptr, 1000) == three));
  }
}

BOOST_AUTO_TEST_CASE(those_of_another_training_are_refused) {
  data d(small_rows);
  auto config = small_config();
  auto good = live(config, d, nullptr, 4);
  check(good, config, d.counts);
  auto refused = [&](auto change) {
    auto c = good;
    auto other = config;
    change(c, other);
    BOOST_CHECK_THROW(check(c, other, d.counts), std::invalid_argument);
  };
  refused([](auto&, auto& o) { o.net.hidden = {25, 17}; });
  refused([](auto&, auto& o) { o.batch = 99; });
  refused([](auto&, auto& o) { o.patience = 9; });
  refused([](auto& c, auto&) { c.step = 1000; });
  refused([](auto& c, auto&) { c.step_hits.pop_back(); });
  refused([](auto& c, auto&) { c.best.clear(); });
}

BOOST_AUTO_TEST_CASE(torn_ones_are_refused) {
  data d(small_rows);
  auto good = pack(live(small_config(), d, nullptr, 4));
  auto missing = good;
  missing.tensors.pop_back();
  BOOST_CHECK_THROW(unpack(missing), std::invalid_argument);
  for (std::string text : {"", "{", "[]", "{}", "{\"format\": 2}"}) {
    auto bad = good;
    bad.json = text;
    BOOST_CHECK_THROW(unpack(bad), std::invalid_argument);
  }
}

BOOST_AUTO_TEST_SUITE_END()
