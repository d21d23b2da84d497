import type {
  ChangePoint,
  Gain,
  ScalingLaw,
  SlownessAttribute,
} from './insight';
import type { RunContext } from './results';

/**
 * Which threshold was exceeded: the configured duration (ms), the configured heap growth (bytes),
 * 5 % errors per item, or what the stage normally takes (ms). `level_shift`: the stage has come to a
 * level of `config.alertThreshold` times the one before or more (ms), and that is normal from now on.
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
  /** The alert is about a stage that is called `pipeline_total`. Missing for any other. */
  ofStage?: true;
  /** Milliseconds, bytes, or errors per item. */
  actual: number;
  /** In the same unit. */
  threshold: number;
  /**
   * `'error'` for `high_error_rate`; for a `baseline_exceeded` beyond twice its threshold or the
   * third run in a row, or later, beyond it; and for a `level_shift`. The last two only where the
   * time lost is 5 % or more of what an execution typically takes, or that is not known yet.
   */
  severity: 'warning' | 'error';
  /** Null where a stage was recorded manually without one. */
  executionId: string | null;
  /** Wall clock: ISO 8601, UTC. */
  timestamp: string;
  /** The runs that this one was compared with; missing where these were all runs of the stage. */
  context?: RunContext;
  /** Alerts like it that were not raised since the last one that was. Only where above 0. */
  suppressed?: number;
  /** The typical duration before, in ms. Only of a `level_shift`, as the next three. */
  from?: number;
  /** The typical duration now, in ms; the same as `actual`. */
  to?: number;
  /** Completion of the first run of the new level: ISO 8601, UTC. Null where that is not known. */
  since?: string | null;
  /** The execution of that run; null where it is no longer stored. */
  sinceExecutionId?: string | null;
  /** When it was over: ISO 8601, UTC. Only with `config.alertResolved`, and not while it lasts. */
  resolvedAt?: string;
  /** Milliseconds from the first run beyond the threshold until then. Only beside `resolvedAt`. */
  lasted?: number;
  /** Runs beyond the threshold until then. Only beside `resolvedAt`. */
  runs?: number;
}

/** That an alert is over: with `actual`, `executionId` and `timestamp` of the run that ended it. */
export interface ResolvedAlert extends Alert {
  /** The same as `timestamp`. */
  resolvedAt: string;
  lasted: number;
  runs: number;
}

/** A stage that holds a run back. */
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

/** What to do about a run. */
export interface Recommendation {
  /**
   * `general_optimization` for a run over 2 s, `memory_optimization` for one over 100 MiB,
   * `bottleneck_optimization` for each bottleneck.
   */
  type:
    'bottleneck_optimization' | 'general_optimization' | 'memory_optimization';
  priority: 'high' | 'medium';
  /** Only where it is about a stage. */
  stage?: string;
  description: string;
  /** Such as `'30% performance gain'`: of the whole run, if the stage took half its time. */
  estimatedImprovement: string;
}

/** What would make the pipeline faster now, with the evidence for it. */
export interface ActiveRecommendation {
  /**
   * `bottleneck_optimization` for a stage that takes a large part of the time or gets little
   * done, `regression` for one that lastingly takes longer than before, `slow_circumstances` for
   * one that is slow under an environment, a configuration, retries or errors.
   */
  type: 'bottleneck_optimization' | 'regression' | 'slow_circumstances';
  priority: 'high' | 'medium';
  stage: string;
  description: string;
  /** Such as `'30% performance gain'`: of a whole execution. */
  estimatedImprovement: string;
  /** Null for an efficiency, of which no gain in time is claimed. */
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
    /** What most surely goes along with the stage being slow. */
    cause: SlownessAttribute | null;
    /** Only where it grows faster than what it is given. */
    scaling: ScalingLaw | null;
  };
}

/** A run against the mean of the last five. */
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

/** What one execution shows. */
export interface Analysis {
  executionId: string;
  /** In an event that covers several executions, of which this is the latest: how many. */
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

/** Trend, anomalies and the next duration of a series. */
export interface PerformancePattern {
  /** Also `'stable'` with fewer than 8 entries. */
  trend: 'stable' | 'degrading' | 'improving';
  anomalies: Anomaly[];
  /** As `forecast` predicts the next run; empty with fewer than 20 entries. */
  predictions: {
    /** Milliseconds: the middle of what is expected. */
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
    /** Chance of such a trend without cause, 0 to 1. Missing with fewer than 8 entries. */
    pValue?: number;
  };
}
