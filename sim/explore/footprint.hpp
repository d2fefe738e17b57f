#pragma once
// Footprints: what a step read and wrote, as it was recorded. Two steps of different actors whose
// footprints do not conflict are independent: both orders lead to the same state. The engines rely
// on that, so `check_footprints` samples pairs and tries both orders.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/explore/run.hpp"

namespace tutti::explore {

struct Access {
  std::uint64_t place = 0;  // an object and a key in it, the same in each run of the scenario
  bool write = false;
};

struct Footprint {
  std::vector<Access> accesses;  // each place once
  // One reads or writes what the other writes.
  bool conflicts(const Footprint& other) const;
  // True when it said something new.
  bool add(Access access);
  bool merge(const Footprint& other);
};

// Records while it exists, and only between `begin` and `end`. Make it before the model: machines
// keep the Recorder they were made with.
class Footprints final : public Recording {
 public:
  Footprints();
  ~Footprints() override;
  Footprints(const Footprints&) = delete;

  void start_run();
  void begin(const Model& model);
  // What was touched since `begin`.
  const Footprint& end();
  const Footprint& so_far() const { return current_; }
  // Names of places, for people: as told, else "object 3".
  std::string name_of(std::uint64_t place) const;

  void read(const void* object, std::uint64_t key) override { touch(object, key, false); }
  void wrote(const void* object, std::uint64_t key) override { touch(object, key, true); }
  void name(const void* object, std::string_view name) override;

 private:
  void touch(const void* object, std::uint64_t key, bool write);
  std::uint64_t number_of(const void* object);

  Recording* outer_;
  bool on_ = false;
  const char* first_ = nullptr;  // the model's extent
  std::size_t size_ = 0;
  // Objects outside of it, by first touch; those first touched in this step are one, for their
  // order within a step may differ between steps.
  std::unordered_map<const void*, std::uint64_t> numbers_;
  std::vector<const void*> fresh_;
  std::unordered_map<const void*, std::string> names_;
  std::unordered_map<std::uint64_t, std::string> places_;
  Footprint current_;
};

// Watches a run and keeps the footprint of each step.
class FootprintWatcher : public Watcher {
 public:
  void start_run() { prints.start_run(); }
  void before(const Model& model, const Choices& choices, std::uint32_t chosen) override {
    prints.begin(model);
    if (model.actors() > 0) model.ready(choices[chosen].actor);
    waited_for = prints.so_far();
  }
  bool after(const Model&) override {
    last = prints.end();
    return true;
  }
  Footprints prints;
  Footprint waited_for;  // what it depends on that the step is enabled; a part of `last`
  Footprint last;
};

}  // namespace tutti::explore
