'use strict';

process.on('message', async ({ task, args }) => {
  try {
    const [measure, name] = task.split('/');
    const { tasks } = require(`./measures/${measure}.js`);
    process.send({ result: await tasks[name](args) });
  } catch (error) {
    process.send({ error: error.stack });
  }
});
