import { render } from 'preact';
import '../style/base.css';
import '../style/bar.css';
import '../style/floor.css';
import { Floor } from './floor.tsx';

render(<Floor />, document.getElementById('app') as HTMLElement);
