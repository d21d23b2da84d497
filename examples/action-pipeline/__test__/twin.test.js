/** @jest-environment node */
'use strict';

const { execFileSync } = require('node:child_process');
const path = require('node:path');

/** Runs in a process of its own: Jest's module registry cannot load a file twice. */
const SCRIPT = `
  const { loadPipelineClasses } = require('./twin');
  const { Pipeline } = require('./engine/pipeline');
  const { action, keepingLogger, smallWorld } = require('./__test__/smallWorld');

  const world = smallWorld([action('rest', 'rest a while')]);
  const copies = [loadPipelineClasses(), loadPipelineClasses()];
  const { prototype } = copies[0].PipelineStage;
  const { execute } = prototype;
  let calls = 0;
  prototype.execute = function counted(context) {
    calls += 1;
    return execute.call(this, context);
  };
  const run = (classes) =>
    new classes.Pipeline(
      classes.discoveryStages(world),
      keepingLogger().logger,
    ).execute({
      actor: world.entity('Ann'),
      actionContext: { place: world.entity('hall'), turn: 0, hour: 0 },
      candidateActions: world.actions,
    });
  (async () => {
    const texts = [];
    for (const copy of copies) {
      texts.push((await run(copy)).actions.map(({ text }) => text));
    }
    const isCacheUnchanged = require('./engine/pipeline').Pipeline === Pipeline;
    console.log(JSON.stringify({ calls, texts, isCacheUnchanged }));
  })();
`;

test('copies of the pipeline work alike and share no class', () => {
  const output = execFileSync(process.execPath, ['-e', SCRIPT], {
    cwd: path.join(__dirname, '..'),
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toEqual({
    calls: 5,
    texts: [['rest a while'], ['rest a while']],
    isCacheUnchanged: true,
  });
});
