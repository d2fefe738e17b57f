#include "shell/app/explore_subjects.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json.hpp"
#include "core/base/nearest.hpp"
#include "sim/explore/swimlanes.hpp"

namespace tutti::shell {

using explore::Report;
using races::Row;
using races::Survey;

std::vector<Subject> Catalogue::subjects() const {
  std::vector<Subject> out;
  for (const Row& row : rows) {
    if (!row.wrong.make) continue;
    out.push_back({row.wrong.name, "wrong", &row.wrong, &row, nullptr});
    out.push_back({row.repaired.name, "repaired", &row.repaired, &row, nullptr});
  }
  for (const races::Plan& plan : plans)
    out.push_back({plan.scenario.name, "shipped", &plan.scenario, nullptr, &plan});
  return out;
}

const Subject* Catalogue::find(const std::vector<Subject>& subjects, std::string_view name) const {
  auto found = std::find_if(subjects.begin(), subjects.end(),
                            [&](const Subject& subject) { return subject.name == name; });
  return found == subjects.end() ? nullptr : &*found;
}

std::string Catalogue::unknown(std::string_view name) const {
  std::vector<std::string_view> known;
  for (const Row& row : rows) known.push_back(row.id);
  std::vector<Subject> all = subjects();
  for (const Subject& subject : all) known.push_back(subject.name);
  std::string_view meant = nearest(name, known);
  return fmt::format("error: there is no scenario \"{}\"{}\n       tutti explore --list shows all",
                     name, meant.empty() ? "" : fmt::format(", did you mean \"{}\"?", meant));
}

std::string json_of(const Subject& subject, const Report& report, std::string_view trace) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("scenario", subject.name).member("kind", subject.kind);
  if (subject.row != nullptr)
    json.member("row", subject.row->id).member("report", subject.row->report);
  json.member("engine", report.engine).member("bounds", report.bounds);
  json.member("complete", report.complete).member("runs", report.runs);
  if (report.states > 0)
    json.member("states", report.states).member("collision_below", report.collision);
  if (report.classes > 0) json.member("classes", report.classes);
  json.member("steps", report.steps).member("deepest", report.deepest).member("cut", report.cut);
  json.member("seconds", report.seconds).member("violations", report.failures);
  if (report.failure) json.member("violation", report.failure->what);
  if (!trace.empty()) json.member("trace", trace);
  json.key("witnesses_reached").begin_array();
  for (const std::string& name : subject.scenario->witnesses) {
    if (std::find(report.missing.begin(), report.missing.end(), name) == report.missing.end())
      json.value(name);
  }
  json.end_array().key("witnesses_missing").begin_array();
  for (const std::string& name : report.missing) json.value(name);
  json.end_array().end_object();
  return out;
}

std::string json_of(const Row& row, const Survey& survey) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("row", row.id).member("report", row.report).member("races", row.kind);
  json.member("title", row.title).member("invariant", row.invariant);
  if (row.wrong_property) {
    json.member("wrong_fails_at_case", survey.cases);
  } else {
    json.member("fifo", survey.fifo_passes ? "passes" : "fails");
    if (row.any_order_fails != nullptr) json.member("any_order_fails", row.any_order_fails);
    json.member("delays_needed", survey.delays);
    json.key("schedules_to_first_violation").begin_object();
    for (const races::FirstHits& hits : survey.hits) {
      json.key(hits.strategy).begin_object().member("median", hits.median);
      json.member("max", hits.most).member("missed", hits.missed).end_object();
    }
    json.end_object();
    json.key("trace_steps").begin_object().member("before_shrinking", survey.trace_before);
    json.member("after", survey.trace_after).end_object();
  }
  json.key("guards").begin_array();
  for (const char* guard : row.guards) json.value(guard);
  json.end_array().key("shipped").begin_array();
  for (const char* name : row.shipped) json.value(name);
  json.end_array();
  if (row.waits != nullptr) json.member("waits_for", row.waits);
  json.member("seconds", survey.seconds).member("ok", survey.faults.empty());
  json.key("faults").begin_array();
  for (const std::string& fault : survey.faults) json.value(fault);
  json.end_array().end_object();
  return out;
}

std::string text_of(const Row& row, const Survey& survey) {
  std::string out = fmt::format("{:<18} {:<5} {}\n", row.id, row.kind, row.title);
  if (row.wrong_property) {
    out += fmt::format("    wrong    fails at case {}\n    repaired holds\n", survey.cases);
  } else {
    const Report& found = survey.wrong[0];
    const Report& clean = survey.repaired[0];
    out += fmt::format(
        "    wrong    \"{}\" after {} runs; FIFO {}; portfolio median {}, most {}; "
        "trace {} -> {} steps\n",
        found.failure ? found.failure->what : "not found", found.runs,
        survey.fifo_passes ? "passes" : "fails", survey.hits.back().median, survey.hits.back().most,
        survey.trace_before, survey.trace_after);
    out += fmt::format("    repaired {} classes, {} states, {} random schedules: {}\n",
                       clean.classes, survey.repaired[1].states, survey.repaired[2].runs,
                       survey.faults.empty() ? "clean" : "see below");
  }
  out += "    shipped ";
  for (const char* name : row.shipped) out += fmt::format(" {}", name);
  if (row.waits != nullptr) out += fmt::format(" waits for the part {}", row.waits);
  out += '\n';
  for (const std::string& fault : survey.faults) out += "    FAULT: " + fault + "\n";
  return out;
}

std::string picture_of(const explore::Trace& trace, std::string_view subtitle) {
  explore::SwimLanes lanes{trace.scenario, std::string(subtitle), trace.broken, {}};
  for (const explore::TraceStep& step : trace.steps) {
    std::vector<std::string> draws;
    for (const explore::Draw& draw : step.draws)
      draws.push_back(fmt::format("{} {}/{}", draw.tag, draw.decision.chosen, draw.decision.n));
    lanes.steps.push_back({step.actor, step.operation, step.reads, step.writes, std::move(draws)});
  }
  return explore::html(lanes);
}

}  // namespace tutti::shell
