#include <actors/runtime/idle_workers.hpp>

#include <algorithm>

namespace actors {

namespace {

constexpr std::chrono::microseconds first_look{50};
constexpr std::chrono::microseconds last_look{1000};

} // namespace

void idle_workers::begin() {
  std::lock_guard lock{mutex_};
  ++working_;
}

void idle_workers::end() {
  std::lock_guard lock{mutex_};
  --working_;
}

void idle_workers::enter(seat& mine) {
  std::lock_guard lock{mutex_};
  --working_;
  idle_.push_back(&mine);
  count_ = idle_.size();
  mine.interval_ = first_look;
  if (working_ > 0 && !lookout_) {
    lookout_ = true;
    mine.lookout_ = true;
  }
}

void idle_workers::leave(seat& mine) {
  auto pass_on = false;
  {
    std::lock_guard lock{mutex_};
    if (mine.called_) {
      // Somebody queued a job and counts on us, but we have another one.
      mine.called_ = false;
      pass_on = true;
    } else {
      remove(mine);
      ++working_;
      pass_on = mine.lookout_;
      resign(mine);
    }
  }
  if (pass_on)
    call_one();
}

bool idle_workers::wait(seat& mine) {
  std::unique_lock lock{mutex_};
  auto called = [&] { return mine.called_; };
  if (mine.lookout_ && working_ == 0) {
    resign(mine); // and look once more: what is queued from now on calls
    return false;
  }
  if (mine.lookout_) {
    mine.wake_.wait_for(lock, mine.interval_, called);
    mine.interval_ = std::min(2 * mine.interval_, last_look);
  } else {
    mine.wake_.wait(lock, called);
  }
  if (!mine.called_)
    return false;
  mine.called_ = false;
  return true;
}

void idle_workers::call_one() {
  call_one([](seat&) {});
}

/// The last one that went to sleep (its stack is warm), the lookout only if
/// there is no other.
idle_workers::seat* idle_workers::take() {
  if (idle_.empty())
    return nullptr;
  auto* x = idle_.back();
  if (x->lookout_ && idle_.size() > 1)
    x = idle_[idle_.size() - 2];
  remove(*x);
  resign(*x);
  ++working_;
  x->called_ = true;
  return x;
}

void idle_workers::remove(seat& x) {
  idle_.erase(std::find(idle_.begin(), idle_.end(), &x));
  count_ = idle_.size();
}

void idle_workers::resign(seat& x) {
  if (x.lookout_)
    lookout_ = false;
  x.lookout_ = false;
}

} // namespace actors
