#include "shell/app/explore_command.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <thread>

#include "core/base/json.hpp"
#include "shell/app/explore_subjects.hpp"
#include "shell/app/server.hpp"
#include "sim/explore/run.hpp"
#include "sim/explore/swimlanes.hpp"

namespace tutti::shell {
namespace {

using explore::Report;
using explore::Trace;
using races::Row;

// Schedules over the shipped machines are two hundred times as long as those over wrong variants.
constexpr double kShippedTimes = 10;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

int usage(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  return kUsage;
}

bool write_file(const std::string& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (file) return true;
  std::fprintf(stderr, "error: %s cannot be written\n", path.c_str());
  return false;
}

// What is printed goes out in the order of the work, whoever did it first.
class Printer {
 public:
  explicit Printer(std::size_t jobs)
      : texts_(jobs), ready_(jobs), terminal_(::isatty(STDERR_FILENO) != 0) {}
  // From any thread.
  void done(std::size_t job, std::string text) {
    texts_[job] = std::move(text);
    ready_[job].store(true, std::memory_order_release);
    ++finished_;
    finished_.notify_one();
  }
  // From one thread: prints what is next as it comes, until all is done.
  void print_all() {
    for (std::size_t seen = 0;; finished_.wait(seen)) {
      seen = finished_;
      flush(seen);
      if (next_ == ready_.size()) return;
    }
  }

 private:
  void flush(std::size_t finished) {
    while (next_ < ready_.size() && ready_[next_].load(std::memory_order_acquire)) {
      if (terminal_) std::fprintf(stderr, "\r\033[K");
      std::fputs(texts_[next_].c_str(), stdout);
      std::fflush(stdout);
      ++next_;
    }
    if (!terminal_ || next_ == ready_.size()) return;
    std::fprintf(stderr, "\r\033[K%zu of %zu", finished, ready_.size());
  }

  std::vector<std::string> texts_;
  std::vector<std::atomic<bool>> ready_;
  std::atomic<std::size_t> finished_ = 0;
  std::size_t next_ = 0;
  bool terminal_;
};

struct Totals {
  std::atomic<std::size_t> wrong_schedules = 0;
  std::atomic<std::size_t> shipped_schedules = 0;
  std::atomic<std::size_t> faults = 0;
};

class Explorer {
 public:
  explicit Explorer(const ExploreOptions& options)
      : options_(options), build_(build_info().core_hash) {}

  int list() const {
    for (const Row& row : catalogue_.rows)
      fmt::print("{:<22} {:<7} {:<5} {:<42} {}\n", row.id, row.report, row.kind, row.title,
                 row.waits != nullptr ? fmt::format("shipped half waits for {}", row.waits) : "");
    for (const races::Plan& plan : catalogue_.plans)
      fmt::print("{:<22} shipped\n", plan.scenario.name);
    return 0;
  }
  int replay() const;
  int one(const Subject& subject) const;
  int many(const std::vector<const Row*>& rows, const std::vector<const races::Plan*>& plans);
  int each(const std::vector<const Row*>& rows, const std::vector<const races::Plan*>& plans) const;
  int choose();

 private:
  std::string run_row(const Row& row, Totals& totals) const;
  std::string run_plan(const races::Plan& plan, Totals& totals) const;
  std::vector<Report> reports_of(const Subject& subject) const;
  void keep(const Trace& trace, std::string_view subtitle) const;
  int gallery() const;

  const ExploreOptions& options_;
  std::string build_;
  Catalogue catalogue_;
  std::vector<Subject> subjects_ = catalogue_.subjects();
};

int Explorer::replay() const {
  std::ifstream file(options_.replay, std::ios::binary);
  if (!file) return usage(fmt::format("error: {} cannot be read", options_.replay));
  std::ostringstream text;
  text << file.rdbuf();
  auto trace = Trace::parse(text.str());
  if (!trace) return usage("error: " + trace.error().text);
  const Subject* subject = catalogue_.find(subjects_, trace->scenario);
  if (subject == nullptr) return usage(catalogue_.unknown(trace->scenario));
  bool other = !trace->build.empty() && trace->build != build_;
  if (other)
    std::fprintf(stderr, "note: the trace is from another build: its core is %s, this one %s\n",
                 trace->build.c_str(), build_.c_str());
  explore::Replayed replayed = explore::replay(*subject->scenario, *trace);
  if (options_.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().member("scenario", trace->scenario).member("steps", replayed.steps);
    json.member("other_build", other).member("reproduced", !replayed.broken.empty());
    if (!replayed.broken.empty()) json.member("violation", replayed.broken);
    if (replayed.diverged) json.member("diverged", *replayed.diverged);
    json.end_object();
    fmt::print("{}\n", out);
  } else if (replayed.diverged) {
    fmt::print("{}\n", *replayed.diverged);
  } else if (!replayed.broken.empty()) {
    fmt::print("reproduced in {} steps: {}\n", replayed.steps, replayed.broken);
  } else {
    fmt::print("{} steps, nothing broke{}\n", replayed.steps,
               trace->broken.empty() ? "" : fmt::format(" (it was: {})", trace->broken));
  }
  if (!options_.html.empty() && !replayed.diverged &&
      !write_file(options_.html, picture_of(*trace, "replayed from " + options_.replay)))
    return kFailed;
  return replayed.diverged || !replayed.broken.empty() ? kFailed : 0;
}

std::vector<Report> Explorer::reports_of(const Subject& subject) const {
  const explore::Scenario& scenario = *subject.scenario;
  explore::Bounds bounds{.depth = 200, .states = 1'000'000, .runs = 2'000'000};
  // A plan without bounds is too large for an exhaustive search; who asks for one gets a part of
  // it.
  bool too_large = subject.plan != nullptr && !subject.plan->bounds;
  if (too_large) bounds = {.depth = 12, .states = 100'000};
  else if (subject.plan != nullptr) bounds = *subject.plan->bounds;
  std::size_t depth = subject.plan != nullptr ? subject.plan->depth : bounds.depth;
  std::vector<Report> reports;
  bool random = options_.seed || options_.schedules;
  if (options_.exhaustive || (!random && !too_large)) {
    if (subject.plan == nullptr) reports.push_back(explore::stateless(scenario, bounds));
    reports.push_back(explore::stateful(scenario, bounds));
  }
  if (!options_.exhaustive)
    reports.push_back(explore::sample(scenario, explore::Strategy::portfolio,
                                      options_.seed.value_or(1),
                                      options_.schedules.value_or(100'000), depth));
  return reports;
}

// One scenario by its own name: what its engines say, and the shrunk trace of a violation.
int Explorer::one(const Subject& subject) const {
  const Report* broken = nullptr;
  std::vector<Report> reports = reports_of(subject);
  bool vacuous = true;
  for (const Report& report : reports) {
    fmt::print("{}\n", options_.json ? json_of(subject, report) : report.text());
    if (broken == nullptr && report.failure) broken = &report;
    vacuous = vacuous && !report.missing.empty();
  }
  if (broken == nullptr) return subject.kind == "wrong" || vacuous ? kFailed : 0;
  Trace trace = explore::shrink(*subject.scenario, *broken->failure);
  trace.build = build_;
  if (!options_.json) fmt::print("\n{}", trace.text());
  keep(trace, broken->engine + ", shrunk");
  return subject.kind == "wrong" ? 0 : kFailed;
}

void Explorer::keep(const Trace& trace, std::string_view subtitle) const {
  if (!options_.trace.empty() && write_file(options_.trace, trace.text()))
    std::fprintf(stderr, "a trace: tutti explore --replay %s\n", options_.trace.c_str());
  if (!options_.html.empty()) write_file(options_.html, picture_of(trace, subtitle));
}

std::string Explorer::run_row(const Row& row, Totals& totals) const {
  races::Effort effort;
  effort.wrong_schedules =
      static_cast<std::size_t>(static_cast<double>(effort.wrong_schedules) * options_.times);
  races::Survey survey = races::survey(row, effort);
  totals.faults += survey.faults.size();
  if (!survey.wrong.empty()) totals.wrong_schedules += survey.wrong.back().runs;
  std::string out;
  if (!options_.json) return text_of(row, survey);
  auto add = [&](const std::string& name, const std::vector<Report>& reports) {
    const Subject* subject = catalogue_.find(subjects_, name);
    for (const Report& report : reports) out += json_of(*subject, report) + "\n";
  };
  add(row.wrong.name, survey.wrong);
  add(row.repaired.name, survey.repaired);
  return out + json_of(row, survey) + "\n";
}

std::string Explorer::run_plan(const races::Plan& plan, Totals& totals) const {
  std::string out;
  const Subject* subject = catalogue_.find(subjects_, plan.scenario.name);
  for (const Report& report : races::run(plan, std::min(options_.times, kShippedTimes))) {
    totals.faults += report.clean() ? 0 : 1;
    if (report.engine == "portfolio") totals.shipped_schedules += report.runs;
    Trace trace;
    if (report.failure) {
      trace = explore::shrink(plan.scenario, *report.failure);
      trace.build = build_;
      keep(trace, report.engine + ", shrunk");
    }
    std::string text = report.failure ? trace.text() : "";
    out += options_.json ? json_of(*subject, report, text) : report.text() + "\n" + text;
    if (options_.json) out += "\n";
  }
  return out;
}

int Explorer::many(const std::vector<const Row*>& rows,
                   const std::vector<const races::Plan*>& plans) {
  double begin = static_cast<double>(std::clock());
  Totals totals;
  Printer printer(rows.size() + plans.size());
  std::vector<std::function<std::string()>> work;
  for (const races::Plan* plan : plans)
    work.emplace_back([this, plan, &totals] { return run_plan(*plan, totals); });
  for (const Row* row : rows)
    work.emplace_back([this, row, &totals] { return run_row(*row, totals); });
  std::atomic<std::size_t> next = 0;
  auto worker = [&] {
    for (std::size_t job = next++; job < work.size(); job = next++) printer.done(job, work[job]());
  };
  unsigned threads = options_.jobs != 0 ? options_.jobs : std::thread::hardware_concurrency();
  std::vector<std::thread> pool;
  for (unsigned i = 0; i < std::max(threads, 1U); ++i) pool.emplace_back(worker);
  printer.print_all();
  for (std::thread& thread : pool) thread.join();
  double seconds = (static_cast<double>(std::clock()) - begin) / CLOCKS_PER_SEC;
  if (options_.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().member("rows", rows.size()).member("shipped", plans.size());
    json.member("wrong_schedules", totals.wrong_schedules.load());
    json.member("shipped_schedules", totals.shipped_schedules.load());
    json.member("cpu_seconds", seconds).member("core", build_);
    json.member("faults", totals.faults.load()).end_object();
    fmt::print("{}\n", out);
  } else {
    fmt::print(
        "{} rows, {} shipped scenarios, {} random schedules over wrong variants, {} over "
        "shipped machines, {:.1f} CPU s: {} faults\n",
        rows.size(), plans.size(), totals.wrong_schedules.load(), totals.shipped_schedules.load(),
        seconds, totals.faults.load());
  }
  return totals.faults == 0 ? 0 : kFailed;
}

int Explorer::gallery() const {
  if (::mkdir(options_.gallery.c_str(), 0777) != 0 && errno != EEXIST)
    return usage(fmt::format("error: the folder {} cannot be made", options_.gallery));
  std::vector<explore::GalleryEntry> entries;
  for (const Row& row : catalogue_.rows) {
    if (!row.wrong.make) continue;
    Report found = explore::stateless(row.wrong, {.depth = 200});
    if (!found.failure) continue;
    Trace trace = explore::shrink(row.wrong, *found.failure);
    std::string file;
    for (char c : std::string_view(row.id))
      file += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    file += ".html";
    entries.push_back({row.id, row.title, row.kind, trace.steps.size(), file});
    std::string subtitle = fmt::format("{}; report {}, kind {}", row.title, row.report, row.kind);
    if (!write_file(options_.gallery + "/" + file, picture_of(trace, subtitle))) return kFailed;
  }
  if (!write_file(options_.gallery + "/index.html", explore::gallery(entries))) return kFailed;
  fmt::print("{} pages in {}/index.html\n", entries.size(), options_.gallery);
  return 0;
}

// With a search of the user's own: scenario by scenario.
int Explorer::each(const std::vector<const Row*>& rows,
                   const std::vector<const races::Plan*>& plans) const {
  int code = 0;
  for (const Subject& subject : subjects_) {
    if (std::find(rows.begin(), rows.end(), subject.row) != rows.end() ||
        std::find(plans.begin(), plans.end(), subject.plan) != plans.end())
      code = std::max(code, one(subject));
  }
  return code;
}

int Explorer::choose() {
  if (options_.exhaustive && (options_.seed || options_.schedules))
    return usage("error: --exhaustive tries everything, --seed and --schedules draw: one of them");
  if (options_.list) return list();
  if (!options_.replay.empty()) return replay();
  if (!options_.gallery.empty()) return gallery();
  std::vector<const Row*> rows;
  std::vector<const races::Plan*> plans;
  std::set<std::string_view> wanted;
  for (const Row& row : catalogue_.rows) {
    bool named =
        row.id == options_.scenario || (!options_.report.empty() && row.report == options_.report);
    if (!options_.all && !named) continue;
    rows.push_back(&row);
    wanted.insert(row.shipped.begin(), row.shipped.end());
  }
  for (const races::Plan& plan : catalogue_.plans) {
    if (options_.all || wanted.contains(plan.scenario.name)) plans.push_back(&plan);
  }
  bool own_search = options_.exhaustive || options_.seed || options_.schedules;
  if (own_search && !rows.empty()) return each(rows, plans);
  if (!rows.empty()) return many(rows, plans);
  if (!options_.report.empty())
    return usage(fmt::format("error: no row of report \"{}\"; there are 000 to 004 and beyond",
                             options_.report));
  if (options_.scenario.empty())
    return usage("error: say what: --all, --scenario, --report, --replay, --gallery or --list");
  const Subject* subject = catalogue_.find(subjects_, options_.scenario);
  return subject == nullptr ? usage(catalogue_.unknown(options_.scenario)) : one(*subject);
}

}  // namespace

int explore_command(const ExploreOptions& options) {
  explore::watch_for_endless_steps();
  return Explorer(options).choose();
}

}  // namespace tutti::shell
