import type {
  ChangePoint,
  Gain,
  ScalingLaw,
  SlownessAttribute,
} from './insight';
import type { RunContext } from './results';

/**
 * Which threshold was exceeded: the configured duration (ms), the configured heap growth (bytes), 5 %
 * errors per item, or the learned baseline (ms). `level_shift`: the stage has reached a lasting level
 * of at least `config.alertThreshold` times the one before (ms), which is normal from now on.
 */
export type AlertType =
  | 'duration_exceeded'
  | 'memory_exceeded'
  | 'high_error_rate'
  | 'baseline_exceeded'
  | 'level_shift';

/** A threshold that was crossed. */
export interface Alert {
  type: AlertType;
  /** The stage; `pipeline_total` for a whole execution. */
  stage: string;
  /** True if the alert is about a stage named `pipeline_total`; otherwise missing. */
  ofStage?: true;
  /** Milliseconds, bytes, or errors per item. */
  actual: number;
  /** In the same unit. */
  threshold: number;
  /**
   * `'error'` for `high_error_rate`; for a `baseline_exceeded` beyond twice its threshold or the
   * third run in a row, or later, beyond it; and for a `level_shift`. The last two only if the time
   * lost is at least 5 % of an execution's typical duration, or that is not known yet.
   */
  severity: 'warning' | 'error';
  /** Null where a stage was recorded manually without one. */
  executionId: string | null;
  /** Wall clock: ISO 8601, UTC. */
  timestamp: string;
  /** The context of the runs that this one was compared with; missing if these were all runs of the stage. */
  context?: RunContext;
  /** Alerts like this suppressed since the last one raised. Only if above 0. */
  suppressed?: number;
  /** The typical duration before, in ms. Only of a `level_shift`, as the next three. */
  from?: number;
  /** The typical duration now, in ms; the same as `actual`. */
  to?: number;
  /** Completion of the first run of the new level: ISO 8601, UTC. Null if unknown. */
  since?: string | null;
  /** The execution of that run; null if it is no longer stored. */
  sinceExecutionId?: string | null;
  /** When it ended: ISO 8601, UTC. Only with `config.alertResolved`, and not while it lasts. */
  resolvedAt?: string;
  /** Milliseconds from the first run beyond the threshold until then. Only beside `resolvedAt`. */
  lasted?: number;
  /** Runs beyond the threshold until then. Only beside `resolvedAt`. */
  runs?: number;
}

/** The end of an alert, with `actual`, `executionId` and `timestamp` of the run that ended it. */
export interface ResolvedAlert extends Alert {
  /** The same as `timestamp`. */
  resolvedAt: string;
  lasted: number;
  runs: number;
}

/** A stage that slows an execution down. */
export interface Bottleneck {
  stageName: string;
  /**
   * `time_bottleneck`: more than 30 % of the stage time, and more than its even share;
   * `efficiency_bottleneck`: an overall efficiency below 0.3.
   */
  type: 'time_bottleneck' | 'efficiency_bottleneck';
  /** `'critical'` above 50 % of the stage time. */
  severity: 'critical' | 'warning';
  /** For time the share in per cent, for efficiency 1 minus it. */
  impact: number;
  recommendation: string;
}

/** A recommendation for an execution. */
export interface Recommendation {
  /**
   * `general_optimization` for a run over 2 s, `memory_optimization` for one over 100 MiB,
   * `bottleneck_optimization` for each bottleneck.
   */
  type:
    'bottleneck_optimization' | 'general_optimization' | 'memory_optimization';
  priority: 'high' | 'medium';
  /** Only if it concerns a stage. */
  stage?: string;
  description: string;
  /** Such as `'30% performance gain'`: of the whole run, if the stage took half its time. */
  estimatedImprovement: string;
}

/** What would make the pipeline faster now, with the evidence for it. */
export interface ActiveRecommendation {
  /**
   * `bottleneck_optimization` for a stage that takes a large share of the time or gets little done,
   * `regression` for one that has become lastingly slower, `slow_circumstances` for one that is
   * slow with an environment, a configuration, retries or errors.
   */
  type: 'bottleneck_optimization' | 'regression' | 'slow_circumstances';
  priority: 'high' | 'medium';
  stage: string;
  description: string;
  /** Such as `'30% performance gain'`: of a whole execution. */
  estimatedImprovement: string;
  /** Null for an efficiency, for which no gain in time is claimed. */
  gain: Gain | null;
  evidence: {
    /** Executions that the gain is from, at most 100. */
    executions: number;
    stageName: string;
    type: 'time_bottleneck' | 'efficiency_bottleneck' | 'regression' | 'cause';
    severity: 'critical' | 'warning';
    /** Per cent of the stage time; for an efficiency 1 minus it. */
    impact: number;
    recommendation: string;
    /** Since when it is slower; only of a regression. */
    change: ChangePoint | null;
    /** The attribute most significantly associated with the stage being slow. */
    cause: SlownessAttribute | null;
    /** Only if it grows faster than its input. */
    scaling: ScalingLaw | null;
  };
}

/** A run compared with the mean of the last five. */
export type Trend =
  | { trend: 'insufficient_data'; message: string }
  | {
      /** More than 20 % above the mean is degrading, more than 20 % below improving. */
      trend: 'stable' | 'degrading' | 'improving';
      message: string;
      /** Milliseconds. */
      currentDuration: number;
      /** Milliseconds. */
      averageDuration: number;
      /** Per cent above the mean; negative below. */
      comparison: number;
    };

/** The analysis of one execution. */
export interface Analysis {
  executionId: string;
  /** Number of executions that an event covers, of which this is the latest. */
  executions?: number;
  /** 0 (worst) to 100. */
  overallRating: number;
  bottlenecks: Bottleneck[];
  recommendations: Recommendation[];
  trends: Trend;
}

/** A run out of the ordinary for its series. */
export interface Anomaly {
  /** Place in the entries that have a duration. */
  index: number;
  /** Milliseconds. */
  duration: number;
  /** Milliseconds: the median around it. */
  typicalDuration: number;
  /** Standard deviations from it, on a logarithmic scale; positive if slow. */
  zScore: number;
}

/** Trend, anomalies and expected next duration of a series. */
export interface PerformancePattern {
  /** Also `'stable'` with fewer than 8 entries. */
  trend: 'stable' | 'degrading' | 'improving';
  anomalies: Anomaly[];
  /** As `forecast` predicts the next run; empty with fewer than 20 entries. */
  predictions: {
    /** Milliseconds: the expected median. */
    nextDuration?: number;
    /** Milliseconds: the lower end of the range. */
    low?: number;
    /** Milliseconds: the upper end of the range. */
    high?: number;
    /** Chance that the next one lies in the range, 0 to 1. */
    confidence?: number;
  };
  evidence: {
    /** Entries with a duration. */
    runs: number;
    /** Milliseconds per run. Missing with fewer than 8 entries. */
    slopePerRun?: number;
    /** Chance of such a trend by coincidence, 0 to 1. Missing with fewer than 8 entries. */
    pValue?: number;
  };
}
