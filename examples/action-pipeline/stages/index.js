'use strict';

const { ComponentFilteringStage } = require('./componentFiltering');
const { PrerequisiteEvaluationStage } = require('./prerequisiteEvaluation');
const { MultiTargetResolutionStage } = require('./multiTargetResolution');
const {
  TargetComponentValidationStage,
} = require('./targetComponentValidation');
const { ActionFormattingStage } = require('./actionFormatting');

/** The stages of action discovery, in order. */
function discoveryStages(world) {
  return [
    new ComponentFilteringStage(),
    new PrerequisiteEvaluationStage(world),
    new MultiTargetResolutionStage(world),
    new TargetComponentValidationStage(),
    new ActionFormattingStage(),
  ];
}

module.exports = { discoveryStages };
